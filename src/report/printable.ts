/** Text from tools and files, made safe to print. */
import { stripVTControlCharacters } from 'node:util';

/**
 * Removes terminal escape sequences and turns other control characters into spaces, so that a tool's
 * output or a file's name can't move the cursor or start a new line of its own.
 * @param text Anything; newlines and tabs become spaces too.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, ' ')
    .trimEnd();
}
