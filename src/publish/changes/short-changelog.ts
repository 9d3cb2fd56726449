/** Changelogs in the little space of a page: which security problems, and the newest lines. Pure. */
import { z } from 'zod';
import type { SourceChangelog } from './compare.ts';

/** The changelog of a source package, as much as a page has room for. */
export const shortChangelogSchema = z.object({
  source: z.string(),
  /** Its binary packages that changed. */
  packages: z.array(z.string()),
  /** CVE numbers of all entries, also of those that are cut off. */
  cves: z.array(z.string()),
  /** Newest first; empty when they could not be read. */
  entries: z.array(z.object({ version: z.string(), date: z.string(), text: z.string() })),
  /** Lines that are cut off. */
  moreLines: z.number().int().nonnegative(),
  /** Whether the changelog was there to be read. */
  known: z.boolean(),
});

export type ShortChangelog = z.infer<typeof shortChangelogSchema>;

/** Of one source: the kernel's changelog between two point releases has thousands of lines. */
const MOST_LINES = 60;
/** Characters of one source: lines have up to 80 as a rule, and no limit. */
const MOST_CHARACTERS = 5000;
/** Characters of all sources together, for one image: a page has one of these for each that was updated. */
const MOST_TOGETHER = 100_000;

/** Cuts at the ends of lines; sources that come first have their share first. */
export function shortenChangelogs(changelogs: readonly SourceChangelog[]): readonly ShortChangelog[] {
  let left = MOST_TOGETHER;
  return changelogs.map((changelog) => {
    const short = shorten(changelog, Math.min(left, MOST_CHARACTERS));
    left -= short.entries.reduce((sum, { text }) => sum + text.length, 0);
    return short;
  });
}

function shorten({ source, packages, entries }: SourceChangelog, mostCharacters: number): ShortChangelog {
  const shown: ShortChangelog['entries'] = [];
  let lines = 0;
  let characters = 0;
  let moreLines = 0;
  for (const { version, date, text } of entries) {
    const all = text.split('\n');
    const kept: string[] = [];
    for (const line of all) {
      if (moreLines > 0 || lines >= MOST_LINES || characters + line.length >= mostCharacters) {
        moreLines++;
        continue;
      }
      kept.push(line);
      lines++;
      characters += line.length + 1;
    }
    if (kept.length > 0) shown.push({ version, date, text: kept.join('\n') });
  }
  return {
    source,
    packages: [...packages],
    cves: [...new Set(entries.flatMap(({ cves }) => cves))],
    entries: shown,
    moreLines,
    known: entries.length > 0,
  };
}

/** What either knows; `first` when both do. */
export function joinChangelogs(
  first: readonly ShortChangelog[],
  second: readonly ShortChangelog[],
): readonly ShortChangelog[] {
  const others = new Map(second.map((each) => [each.source, each]));
  return first.map((each) => (each.known ? each : (others.get(each.source) ?? each)));
}
