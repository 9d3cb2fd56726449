/** os-release(5): shell-like assignments. */

/** Reads the assignments of an os-release text; quotes are taken off. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined) continue;
    const value = match[2] ?? '';
    const quoted = /^(["'])(.*)\1$/.exec(value);
    values.set(match[1], quoted ? (quoted[2] ?? '').replace(/\\([\\"'$`])/g, '$1') : value);
  }
  return values;
}
