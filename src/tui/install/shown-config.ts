/** A configuration as it may be shown: a screen may be recorded, and seen by others. */
import type { RoleAnswer } from '../../install/configuration/role.ts';

/** The lines, without what is secret. */
export function shownConfig(text: string, role: RoleAnswer | undefined): readonly string[] {
  const secrets = secretLines(role);
  const lines: string[] = [];
  let inKey = false;
  for (const line of text.trimEnd().split('\n')) {
    const indent = /^ */.exec(line)?.[0] ?? '';
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line)) {
      inKey = !/-----END/.test(line);
      lines.push(`${indent}(a private key, not shown)`);
    } else if (inKey) inKey = !/-----END/.test(line);
    else if (/^\s*(- )?["']?passwd["']?\s*:/.test(line)) lines.push(line.replace(/:.*/, ': (not shown)'));
    else if (secrets.some((secret) => line.includes(secret))) lines.push(`${indent}(not shown)`);
    else lines.push(line);
  }
  return lines;
}

/** Lines of the values that a template says are secret. */
function secretLines(role: RoleAnswer | undefined): readonly string[] {
  if (role?.kind !== 'template') return [];
  return role.values
    .filter(({ name }) => role.template.header.parameters[name]?.secret)
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.length > 3);
}
