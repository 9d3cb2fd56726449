/** Text from outside, made fit for a line of a terminal. */

/** One line of at most so many characters, without anything that moves a cursor. */
export function terminalLine(text: string, maximumCharacters: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  return plain.length > maximumCharacters ? `${plain.slice(0, maximumCharacters - 1)}…` : plain;
}
