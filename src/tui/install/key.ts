/** Keys from the bytes of a terminal: ECMA-48 and what VT100, VT220, xterm and the Linux console send. */

export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'page-up'
  | 'page-down'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'back-tab'
  | 'backspace'
  | 'delete'
  /** Ctrl-C */
  | 'interrupt'
  /** Ctrl-L */
  | 'redraw'
  /** Ctrl-U */
  | 'clear';

/** One key, or a run of typed or pasted characters. */
export type Key = { readonly name: KeyName } | { readonly name: 'text'; readonly text: string };

const FINALS: Readonly<Record<string, KeyName>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'back-tab',
};

/** `ESC [ number ~`: VT220, the Linux console (1, 4), rxvt (7, 8). */
const NUMBERS: Readonly<Record<string, KeyName>> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
};

const CONTROLS: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u0003': 'interrupt',
  '\u000c': 'redraw',
  '\u0015': 'clear',
  '\u0001': 'home',
  '\u0005': 'end',
};

const ESCAPE = '\u001b';

/** A sequence longer than this is none that a key sends. */
const LONGEST_SEQUENCE = 16;

/**
 * Turns chunks into keys. A key's bytes may come apart on a serial line, so an escape that ends a chunk waits for what
 * follows; {@link flush} says that nothing did.
 */
export class KeyDecoder {
  private rest = '';

  /** Whether an escape sequence is not complete. */
  get isWaiting(): boolean {
    return this.rest !== '';
  }

  /** The keys that are complete with this chunk. */
  push(chunk: string): readonly Key[] {
    const text = this.rest + chunk;
    this.rest = '';
    const keys: Key[] = [];
    let typed = '';
    const take = (key: Key) => {
      if (typed !== '') keys.push({ name: 'text', text: typed });
      typed = '';
      keys.push(key);
    };
    for (let at = 0; at < text.length; ) {
      const character = text[at] ?? '';
      if (character === ESCAPE) {
        const sequence = sequenceAt(text, at);
        if (sequence === undefined) {
          this.rest = text.slice(at);
          break;
        }
        if (sequence.key !== undefined) take({ name: sequence.key });
        at += sequence.length;
        continue;
      }
      const control = CONTROLS[character];
      // One line end is one Enter, however it is written.
      if (control !== undefined && !(character === '\n' && text[at - 1] === '\r')) take({ name: control });
      else if (control === undefined && !/\p{Cc}/u.test(character)) typed += character;
      at++;
    }
    if (typed !== '') keys.push({ name: 'text', text: typed });
    return keys;
  }

  /** Nothing more came: what waits is the Escape key, or is dropped. */
  flush(): readonly Key[] {
    const isEscape = this.rest === ESCAPE || this.rest === ESCAPE + ESCAPE;
    this.rest = '';
    return isEscape ? [{ name: 'escape' }] : [];
  }
}

/** The sequence that begins with an escape; undefined while it is not complete. */
function sequenceAt(
  text: string,
  at: number,
): { readonly key: KeyName | undefined; readonly length: number } | undefined {
  const rest = text.slice(at, at + LONGEST_SEQUENCE);
  if (rest.length === 1) return undefined;
  // Escape, and then a key of its own; Escape twice is Escape.
  if (rest[1] === ESCAPE) return rest.length === 2 ? undefined : { key: 'escape', length: 1 };
  // SS3: cursor keys in application mode, F1 to F4.
  if (rest[1] === 'O') {
    if (rest.length < 3) return undefined;
    return { key: FINALS[rest[2] ?? ''], length: 3 };
  }
  if (rest[1] !== '[') return { key: 'escape', length: 1 };
  // The Linux console's F1 to F5: ESC [ [ A.
  if (rest[2] === '[') return rest.length < 4 ? undefined : { key: undefined, length: 4 };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what this is about.
  const match = /^\u001b\[([0-9;:<=>?]*)[ -/]*([@-~])/.exec(rest);
  if (match === null)
    return rest.length < LONGEST_SEQUENCE && /^.\[[ -?]*$/s.test(rest)
      ? undefined
      : { key: undefined, length: 2 };
  const [whole, parameters = '', final = ''] = match;
  const key = final === '~' ? NUMBERS[parameters.split(';')[0] ?? ''] : FINALS[final];
  return { key, length: whole.length };
}
