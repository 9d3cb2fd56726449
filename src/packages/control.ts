/** Debian control files: paragraphs of fields, and the relations between packages (deb-control(5), Debian Policy 7). */

/** One paragraph: field name → value, continuation lines joined with newlines. */
export type Paragraph = ReadonlyMap<string, string>;

/** Splits a control text into paragraphs. */
export function parseParagraphs(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  for (const block of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    let current: string | undefined;
    for (const line of block.split('\n')) {
      if (/^[ \t]/.test(line) && current !== undefined) {
        fields.set(current, `${fields.get(current)}\n${line.slice(1)}`);
        continue;
      }
      const match = /^([^\s:]+):[ \t]*(.*)$/.exec(line);
      if (match?.[1] === undefined) continue;
      current = match[1];
      fields.set(current, match[2] ?? '');
    }
    if (fields.size > 0) paragraphs.push(fields);
  }
  return paragraphs;
}

/** The names in a relation field, version constraints and architectures left out: one list of alternatives each. */
export function parseRelations(field: string | undefined): string[][] {
  if (field === undefined || field.trim() === '') return [];
  return field.split(',').map((group) =>
    group
      .split('|')
      .map((alternative) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(alternative)?.[1] ?? '')
      .filter((name) => name !== ''),
  );
}
