/** The attribute `ssh-keys` of Google's metadata: a line `USER:KEY` for each. */
import { keysIn } from './metadata.ts';

/**
 * The keys, whoever's they are: Google makes each of these users an administrator, and `core` is ours. Keys that expire
 * (`google-ssh {"userName":…,"expireOn":…}`) are left out, since a machine that is not started again would keep them.
 */
export function googleKeysIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.flatMap((line) => /^[^:\s]+:\s*(\S.*)$/.exec(line)?.[1] ?? []);
  return keysIn(keys.filter((key) => !/\sgoogle-ssh\s+\{/.test(key)).join('\n'));
}
