/** Public ssh keys from what was pasted, fetched or read from a file. */
import { sshKeyFault } from '../../cloud-config/ssh-key.ts';
import type { AnswerFault } from './fault.ts';

/** Far more than a person or a team has. */
const MAXIMUM_KEYS = 100;

/** Keys, and what is wrong with the first line that is none. */
export interface ReadKeys {
  readonly keys: readonly string[];
  readonly fault: AnswerFault | undefined;
}

/** Reads lines as authorized_keys and .pub files have them; empty lines and comments are passed over. */
export function readSshKeys(text: string): ReadKeys {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0)
    return { keys: [], fault: { message: 'there is no key in it', hint: 'such as a .pub file has' } };
  if (lines.length > MAXIMUM_KEYS)
    return {
      keys: [],
      fault: { message: `there are ${lines.length} lines`, hint: `at most ${MAXIMUM_KEYS} keys` },
    };
  for (const line of lines) {
    const fault = sshKeyFault(line);
    if (fault === undefined) continue;
    const seen = line.length > 24 ? `${line.slice(0, 24)}…` : line;
    const reason = fault.reason.replace(/^which /, '');
    const which = /PRIVATE/.test(line) ? 'this is a private key' : `"${seen}" ${reason}`;
    return {
      keys: [],
      fault: {
        message: which,
        hint: fault.hint.replace(/; types: .*/, '').replace(/^a line/, 'needed is a line'),
      },
    };
  }
  return { keys: [...new Set(lines)], fault: undefined };
}

/** A key as a list shows it: type, end of the key, comment. */
export function keyTitle(key: string): string {
  const words = key.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
  const at = words.findIndex((word) => /^(ssh-|ecdsa-|sk-)/.test(word));
  const [type = '', blob = '', ...comment] = words.slice(Math.max(at, 0));
  return `${type} …${blob.slice(-12)} ${comment.join(' ')}`.trimEnd();
}
