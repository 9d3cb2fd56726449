/** Who may log in with which keys: a file for each user, besides the user's own ~/.ssh/authorized_keys. */
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import { sshKeyFault } from '../../cloud-config/ssh-key.ts';
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
 * Keys of {@link KEYS_USER} in a configuration that has problems, for a machine that has no other: its owner must be able
 * to come in and read what is wrong. Read line by line, since such a text need not be YAML: of `ssh_authorized_keys` and
 * of the user's entry in `users`. A key with options is left out: without them it would open more than was meant.
 */
export function rescueKeys(text: string): string[] {
  const found: string[] = [];
  let section = '';
  let keysColumn: number | undefined;
  let user: { column: number; isWanted: boolean; keys: string[] } | undefined;
  const endUser = () => {
    if (user?.isWanted) found.push(...user.keys);
    user = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    const column = line.search(/\S/);
    if (column < 0 || line[column] === '#') continue;
    const isItem = /^\s*-(\s|$)/.test(line);
    const key = /^(["']?)([A-Za-z0-9_-]+)\1\s*:/.exec(line)?.[2];
    if (key !== undefined) {
      endUser();
      section = key.replaceAll('-', '_');
    }
    if (section === 'users' && isItem && column <= (user?.column ?? column)) {
      endUser();
      user = { column, isWanted: false, keys: [] };
    }
    const list = KEY_LIST.exec(line);
    // The items of a list may stand as far left as its key.
    if (list !== null) keysColumn = line.search(/[^\s-]/);
    else if (
      keysColumn !== undefined &&
      (isItem ? column < keysColumn : column <= keysColumn && !/^\s*\]/.test(line))
    )
      keysColumn = undefined;
    if (user !== undefined && USER_NAME.test(line)) user.isWanted = true;
    if (keysColumn === undefined) continue;
    const into = section === 'users' ? user?.keys : section === 'ssh_authorized_keys' ? found : undefined;
    into?.push(...keysIn(list === null ? line : line.slice(list.index + list[0].length)));
  }
  endUser();
  return found;
}

const KEY_LIST = /(?<![A-Za-z0-9_-])["']?ssh[-_]authorized[-_]keys["']?\s*:/;
const USER_NAME = new RegExp(
  `(?:^\\s*(?:-\\s+)?|[{,]\\s*)["']?name["']?\\s*:\\s*["']?${KEYS_USER}["']?\\s*(?:$|[#,}])`,
);

/** Keys of a line: items of a list, each in its own line or all in brackets. */
function keysIn(line: string): string[] {
  const items =
    /(?:^\s*(?:-\s+)?|[[,]\s*)(["']?)((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ +[A-Za-z0-9+/]+={0,2}(?: [^"'#,\]]*)?)\1\s*(?=$|[#,\]])/g;
  return [...line.matchAll(items)]
    .map((match) => (match[2] ?? '').trim())
    .filter((key) => sshKeyFault(key) === undefined);
}
