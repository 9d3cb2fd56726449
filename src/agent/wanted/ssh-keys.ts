/** Who may log in with which keys: a file for each user, besides the user's own ~/.ssh/authorized_keys. */
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import { textFile, type WantedFile } from './wanted.ts';

/** The ssh feature's sshd_config names it, with %u for the user. */
const KEYS_FOLDER = '/etc/ssh/authorized_keys.d';
/** For whom `ssh_authorized_keys` and the platform's keys are. */
export const KEYS_USER = 'core';

/** @param keys By the user's name. */
export function keyFiles(keys: ReadonlyMap<string, readonly string[]>): WantedFile[] {
  return [...keys].flatMap(([user, lines]) => {
    const unique = [...new Set(lines)];
    return unique.length === 0
      ? []
      : [textFile(`${KEYS_FOLDER}/${user}`, encodeUtf8(`${[HEADER, ...unique].join('\n')}\n`))];
  });
}

const HEADER =
  '# Of the configuration. Written by basalt-agent; your own keys belong to ~/.ssh/authorized_keys';

/**
 * Keys of a configuration that has problems, for a machine that has no other: its owner must be able to come in and read
 * what is wrong. Read line by line, since such a text need not be YAML.
 */
export function rescueKeys(text: string): string[] {
  const keys: string[] = [];
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^\S/.test(line) && !/^[-#]/.test(line)) inside = /^ssh[-_]authorized[-_]keys\s*:/.test(line);
    const key = /^\s*-\s+(["']?)((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: [^"'#]*)?)\1\s*$/.exec(
      line,
    );
    if (inside && key?.[2] !== undefined) keys.push(key[2].trim());
  }
  return keys;
}
