/** Debian changelogs (deb-changelog(5)): entries, and those between two versions. Pure. */

export interface ChangelogEntry {
  readonly version: string;
  /** As it stands there, without empty lines at its ends. */
  readonly text: string;
  /** As it stands in the trailer, such as `Sat, 21 Nov 2026 10:00:00 +0000`. */
  readonly date: string;
  /** CVE numbers that the text names. */
  readonly cves: readonly string[];
}

const HEAD = /^[a-z0-9][a-z0-9.+-]* \(([^()\s]+)\) [^;]*;/i;
const TRAILER = /^ -- .*> {2}(.*)$/;

/** The entries of a changelog, newest first. Lines that belong to none are left out. */
export function parseChangelog(text: string): readonly ChangelogEntry[] {
  const entries: ChangelogEntry[] = [];
  let version: string | undefined;
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const [, head] = HEAD.exec(line) ?? [];
    const [, date] = TRAILER.exec(line) ?? [];
    if (head !== undefined) {
      version = head;
      lines = [];
    } else if (date !== undefined && version !== undefined) {
      entries.push(entryOf(version, lines, date));
      version = undefined;
    } else {
      lines.push(line.trimEnd());
    }
  }
  return entries;
}

/**
 * The entries after `before`, newest first. When the changelog does not have that version (another branch, or a build of the
 * same source for another reason), only the newest.
 */
export function entriesSince(
  entries: readonly ChangelogEntry[],
  before: string | undefined,
): readonly ChangelogEntry[] {
  if (before === undefined) return entries.slice(0, 1);
  const end = entries.findIndex(({ version }) => version === before || version === withoutRebuild(before));
  return end === -1 ? entries.slice(0, 1) : entries.slice(0, end);
}

/** A build of the same source again has a version of its own: `1.2-3+b1` is of `1.2-3`. */
function withoutRebuild(version: string): string {
  return version.replace(/\+b\d+$/, '');
}

function entryOf(version: string, lines: readonly string[], date: string): ChangelogEntry {
  const text = lines.join('\n').replace(/^\n+|\n+$/g, '');
  return { version, text, date: date.trim(), cves: [...new Set(text.match(/CVE-\d{4}-\d{4,}/g) ?? [])] };
}
