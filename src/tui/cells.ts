/** Text in columns. Widths count characters; Basalt's own texts have no double-width ones. */

/** Cuts text to `width` columns, ending in `ellipsis` where something was lost. */
export function shorten(text: string, width: number, ellipsis = '…'): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return width <= 0 ? '' : `${characters.slice(0, width - 1).join('')}${ellipsis}`;
}

/** Cuts or fills text to exactly `width` columns. */
export function left(text: string, width: number, ellipsis = '…'): string {
  const cut = shorten(text, width, ellipsis);
  return cut + ' '.repeat(Math.max(0, width - [...cut].length));
}

/** Cuts or fills text to exactly `width` columns, ending at the right edge. */
export function right(text: string, width: number, ellipsis = '…'): string {
  const cut = shorten(text, width, ellipsis);
  return ' '.repeat(Math.max(0, width - [...cut].length)) + cut;
}
