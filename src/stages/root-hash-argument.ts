/** The root hash on the kernel's command line, and its place in a UKI that is made before it is known. */
import { BugError } from '../errors.ts';

/** Stands for the root hash as long as it is not known. */
export const BLANK_ROOT_HASH = '0'.repeat(64);

/** Names the root to systemd-veritysetup-generator(8). @param rootHash SHA-256 in hexadecimal. */
export function rootHashArgument(rootHash: string): string {
  return `roothash=${rootHash}`;
}

/**
 * Writes the root hash in place of the blank one.
 * @throws {BugError} unless there is exactly one.
 */
export function fillRootHash(image: Buffer, rootHash: string): void {
  if (!/^[0-9a-f]{64}$/.test(rootHash)) throw new BugError(`"${rootHash}" is no root hash`);
  const blank = rootHashArgument(BLANK_ROOT_HASH);
  const at = image.indexOf(blank);
  if (at < 0 || image.includes(blank, at + 1))
    throw new BugError(`${at < 0 ? 'no place' : 'more than one place'} for the root hash`);
  image.write(rootHashArgument(rootHash), at, 'latin1');
}
