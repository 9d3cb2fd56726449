import { expect, test } from 'vitest';
import { joinChangelogs, shortenChangelogs } from '../../../src/publish/changes/short-changelog.ts';

const changelog = (source: string, ...texts: readonly string[]) => ({
  source,
  packages: [source],
  entries: texts.map((text, index) => ({
    version: `${texts.length - index}`,
    date: 'Sat, 21 Nov 2026 10:00:00 +0000',
    text,
    cves: [`CVE-2026-${1000 + index}`],
  })),
});

test('the newest lines are kept, and the security problems of all', () => {
  const [short] = shortenChangelogs([changelog('linux', 'a\nb', Array(100).fill('c').join('\n'), 'd')]);
  expect(short?.entries.map(({ version, text }) => [version, text.length])).toEqual([
    ['3', 3],
    ['2', 58 * 2 - 1],
  ]);
  expect(short).toMatchObject({
    moreLines: 43,
    known: true,
    cves: ['CVE-2026-1000', 'CVE-2026-1001', 'CVE-2026-1002'],
  });
});

test('however much changed, a page has an end; what is cut off is counted', () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    changelog(`source-${index}`, Array(40).fill('x'.repeat(100)).join('\n'), 'y'.repeat(50_000)),
  );
  const all = shortenChangelogs(many);
  expect(all).toHaveLength(300);
  expect(all.flatMap(({ entries }) => entries.map(({ text }) => text)).join('').length).toBeLessThan(100_000);
  expect(all[0]).toMatchObject({ moreLines: 1, known: true });
  expect(all.at(-1)).toMatchObject({ entries: [], moreLines: 41, known: true });
});

test('what only one machine knows is not lost to the other', () => {
  const known = (source: string, text: string) => shortenChangelogs([changelog(source, text)]);
  const unknown = (source: string) => shortenChangelogs([{ source, packages: [source], entries: [] }]);
  const here = [...known('a', 'here'), ...unknown('b'), ...unknown('c')];
  const there = [...known('a', 'there'), ...known('b', 'there'), ...known('old', 'there')];
  expect(joinChangelogs(here, there)).toEqual([
    ...known('a', 'here'),
    ...known('b', 'there'),
    ...unknown('c'),
  ]);
});
