/** Names: of machines, users, groups, owners. */
import { type Fault, type TextShape, text } from './shape.ts';

/** RFC 1123, 2.1; the kernel keeps 64 bytes (hostname(7)). */
function hostnameFault(name: string): Fault | undefined {
  if (name.length > 64)
    return { reason: 'which is longer than 64 characters', hint: 'the kernel keeps no more' };
  const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
  if (name.split('.').every((part) => label.test(part))) return undefined;
  const dashed = name.replaceAll('_', '-');
  const meant =
    dashed !== name && dashed.split('.').every((part) => label.test(part))
      ? `did you mean "${dashed}"? `
      : '';
  return {
    reason: 'not a host name',
    hint: `${meant}letters, digits and "-", not at the ends; parts between dots have at most 63`,
  };
}

/** The machine's name. */
export const hostnameShape = text("the machine's name, such as node1; kept over restarts", {
  check: hostnameFault,
});

/** What useradd(8) and systemd's strict rules both take. */
const ACCOUNT = /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/;

/** A user's or group's name. */
export function accountShape(description: string): TextShape {
  return text(description, {
    pattern: ACCOUNT.source,
    check: (name) =>
      ACCOUNT.test(name)
        ? undefined
        : {
            reason: 'not the name of a user or group',
            hint: 'up to 31 letters, digits, "_" and "-", beginning with a letter or "_"',
          },
  });
}

/** As chown(1) takes it: `user`, `user:group`, by name or number. */
export function ownerFault(owner: string): Fault | undefined {
  const names = owner.split(':');
  if (names.length <= 2 && names.every((name) => ACCOUNT.test(name) || /^[0-9]{1,5}$/.test(name)))
    return undefined;
  return {
    reason: 'not an owner',
    hint: 'a user, or a user and a group such as core:docker; names or numbers',
  };
}
