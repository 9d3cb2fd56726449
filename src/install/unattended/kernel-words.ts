/** A kernel command line as the kernel itself takes it apart: next_arg() of lib/cmdline.c, Linux 6.12. */

export interface KernelWord {
  readonly key: string;
  /** Without the quotes around it; undefined for a word without `=`. */
  readonly value: string | undefined;
  /** Where it begins in the text, from 1. */
  readonly column: number;
}

/** Quotes keep spaces; those around a value, or around the whole word, are no part of it. */
export function kernelWords(text: string): readonly KernelWord[] {
  const words: KernelWord[] = [];
  for (let at = 0; at < text.length; ) {
    if (isSpace(text[at])) {
      at++;
      continue;
    }
    const end = endOfWord(text, at);
    words.push(wordOf(text.slice(at, end), at + 1));
    at = end;
  }
  return words;
}

function endOfWord(text: string, start: number): number {
  let isQuoted = false;
  let at = start;
  for (; at < text.length; at++) {
    if (isSpace(text[at]) && !isQuoted) break;
    if (text[at] === '"') isQuoted = !isQuoted;
  }
  return at;
}

function wordOf(written: string, column: number): KernelWord {
  // `"a=b c"`: the quotes are around the whole word.
  const word = written.startsWith('"') ? written.slice(1).replace(/"$/, '') : written;
  const at = word.indexOf('=');
  // The kernel wants a name before the sign.
  if (at < 1) return { key: word, value: undefined, column };
  const value = word.slice(at + 1);
  return {
    key: word.slice(0, at),
    value: value.startsWith('"') ? value.slice(1).replace(/"$/, '') : value,
    column,
  };
}

/** isspace() of the kernel, as far as a command line can hold it. */
function isSpace(character: string | undefined): boolean {
  return character !== undefined && /[ \t\n\v\f\r\u00a0]/.test(character);
}
