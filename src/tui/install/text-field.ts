/** A line of text that is edited. */
import type { Key } from './key.ts';

export interface TextField {
  readonly text: string;
  /** Before which character the cursor is, from 0 to the length. */
  readonly at: number;
}

/** More than any answer has; ssh keys of 16384 bits have 2800. */
const MOST_CHARACTERS = 8192;

/** A field with the cursor at its end. */
export function textField(text = ''): TextField {
  return { text, at: text.length };
}

/** The field after a key; undefined when the key is none of its own. */
export function pressText(field: TextField, key: Key): TextField | undefined {
  const { text, at } = field;
  switch (key.name) {
    case 'text': {
      const typed = key.text.slice(0, MOST_CHARACTERS - text.length);
      return { text: text.slice(0, at) + typed + text.slice(at), at: at + typed.length };
    }
    case 'backspace':
      return at === 0 ? field : { text: text.slice(0, at - 1) + text.slice(at), at: at - 1 };
    case 'delete':
      return { text: text.slice(0, at) + text.slice(at + 1), at };
    case 'left':
      return { text, at: Math.max(at - 1, 0) };
    case 'right':
      return { text, at: Math.min(at + 1, text.length) };
    case 'home':
      return { text, at: 0 };
    case 'end':
      return { text, at: text.length };
    case 'clear':
      return textField();
    default:
      return undefined;
  }
}

/** The part of the text that fits `width` columns with the cursor in it, and the cursor's column. */
export function visiblePart(
  { text, at }: TextField,
  width: number,
  ellipsis: string,
): { readonly text: string; readonly column: number } {
  // The cursor may be behind the last character.
  if (text.length < width) return { text, column: at };
  const from = Math.min(Math.max(at - width + 2, 0), text.length - width + 1);
  const part = text.slice(from, from + width - 1);
  return { text: from > 0 ? ellipsis + part.slice(1) : part, column: at - from };
}
