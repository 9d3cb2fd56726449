/** Console output without what steers a terminal: colours, cursor movements, carriage returns. */

/**
 * Control sequences (ECMA-48): CSI `ESC [ … final`, the string sequences OSC, DCS, SOS, PM and APC up to BEL or
 * ST, and the short two- and three-byte escapes.
 */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-OQ-WYZ`-~])/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const OTHER_CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** A longer unfinished sequence than this is a stray escape character, and is given up as text. */
const LONGEST_SEQUENCE = 4096;

/**
 * Removes escape sequences and control characters but tabs. A carriage return starts a new line too: with it,
 * systemd and others draw over a line that would else run into the next message.
 */
export function plainText(text: string): string {
  return text
    .replace(SEQUENCE, '')
    .replace(/\r*\n|\r+/g, '\n')
    .replace(OTHER_CONTROLS, '');
}

/** The same for text that comes in pieces: a sequence or line end cut by the end of a piece waits for the next. */
export class PlainTextStream {
  private pending = '';

  push(piece: string): string {
    const text = this.pending + piece;
    const cut = text.length - unfinishedLength(text);
    this.pending = text.slice(cut);
    return plainText(text.slice(0, cut));
  }
}

/** How many of the last characters may belong to something that is not complete yet. */
function unfinishedLength(text: string): number {
  // Complete sequences become spaces of the same length, so that what remains is where it was.
  const rest = text.slice(-LONGEST_SEQUENCE).replace(SEQUENCE, (sequence) => ' '.repeat(sequence.length));
  const begin = rest.indexOf('\u001b');
  if (begin !== -1 && rest.length < LONGEST_SEQUENCE) return rest.length - begin;
  return /\r+$/.exec(rest)?.[0].length ?? 0;
}
