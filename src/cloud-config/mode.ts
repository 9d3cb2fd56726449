/** Permission bits as people write them. */
import type { Fault } from './shape.ts';

/** Three or four octal digits, as coreos-cloudinit takes them; `0o644` is YAML 1.2's own octal number. */
const OCTAL = /^(?:0o)?0*([0-7]{3,4})$/;

/** Reads a mode that was typed in octal. */
export function parseMode(typed: string): number | undefined {
  const digits = OCTAL.exec(typed)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

/** What is wrong with a mode; undefined when nothing is. */
export function modeFault(value: string | number, typed: string): Fault | undefined {
  const hint = 'write it in octal, in quotes, such as "0644"';
  if (typeof value === 'string')
    return parseMode(value) === undefined ? { reason: 'not three or four octal digits', hint } : undefined;
  if (/^0o?[0-7]+$/.test(typed))
    return parseMode(typed) === undefined ? { reason: 'not three or four octal digits', hint } : undefined;
  const bits = Number.isInteger(value) && value >= 0 && value <= 0o7777 ? value : undefined;
  if (/^[0-7]{3,4}$/.test(typed))
    return {
      reason: `which is a decimal number, and as a mode would be 0${(bits ?? 0).toString(8)}`,
      hint: `write "${typed.padStart(4, '0')}", in quotes`,
    };
  if (bits === undefined) return { reason: 'not a mode', hint };
  return {
    reason: 'which is a decimal number, not an octal one',
    hint: `write "0${bits.toString(8).padStart(3, '0')}", in quotes, if that is what it stands for`,
  };
}
