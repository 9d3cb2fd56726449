/** Wrapping prose for a terminal. */

/**
 * Breaks text at spaces into lines of at most `columns`. A word longer than that stays whole, since it is
 * a path or an address that someone will copy. Line breaks in the text are kept.
 * @param text Without escape codes.
 * @returns At least one line.
 */
export function wrapText(text: string, columns: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, columns));
}

function wrapParagraph(paragraph: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ').filter((part) => part !== '')) {
    if (line === '') line = word;
    else if ([...line].length + 1 + [...word].length <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/**
 * Wraps text under a first line that starts with `first`; the following lines start with as many spaces.
 * @param columns The whole width, the start included.
 */
export function hanging(first: string, text: string, columns: number): readonly string[] {
  const indent = ' '.repeat([...first].length);
  return wrapText(text, Math.max(columns - indent.length, 20)).map(
    (line, index) => (index === 0 ? first : indent) + line,
  );
}
