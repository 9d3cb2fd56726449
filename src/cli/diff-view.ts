/** What changed between two builds, as lines. */
import { type Changes, growth, type PackageChange, type SizeChange } from '../publish/changes/compare.ts';
import { formatSize } from '../units.ts';
import type { Page } from './show-result.ts';

/** Differences of a few KiB in packages that did not change are of no interest. */
const MOST_RESIZED = 10;

export function diffLines(changes: Changes, page: Page): string[] {
  const { added, removed, changed, resized, artifacts } = changes;
  const nothing = [added, removed, changed].every((each) => each.length === 0);
  return [
    `${nameOf(changes.before)} → ${nameOf(changes.after)}`,
    ...(changes.sameRoot === true ? ['the root is the same'] : []),
    ...section(page, `${changed.length} changed`, changed.map(packageLine)),
    ...section(page, `${added.length} added`, added.map(packageLine)),
    ...section(page, `${removed.length} removed`, removed.map(packageLine)),
    ...(nothing ? ['', 'no package was added, removed or changed'] : []),
    ...section(page, 'same version, other size', resized.slice(0, MOST_RESIZED).map(packageLine)),
    ...section(page, 'sizes', artifacts.map(sizeLine)),
    ...changelogLines(changes, page),
  ];
}

function nameOf({ image, version, place }: Changes['before']): string {
  return [image, version].filter((part) => part !== undefined).join(' ') || place;
}

function section(page: Page, title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', page.paint('strong', title), ...lines.map((line) => `  ${line}`)];
}

function packageLine({ name, before, after, parts, ...sizes }: PackageChange): string {
  const versions =
    before === after ? (after ?? '') : [before, after].filter((each) => each !== undefined).join(' → ');
  const where = parts.includes('root') || parts.length === 0 ? '' : `  (${parts.join(', ')})`;
  const change = growth(sizes);
  return `${name.padEnd(28)}  ${versions}${where}${change === 0 ? '' : `  ${signed(change)}`}`;
}

function sizeLine({ name, beforeBytes, afterBytes }: SizeChange): string {
  const size = (bytes: number | undefined) => (bytes === undefined ? 'none' : formatSize(bytes)).padStart(10);
  const change = growth({
    ...(beforeBytes !== undefined && { beforeBytes }),
    ...(afterBytes !== undefined && { afterBytes }),
  });
  return `${name.padEnd(18)}  ${size(beforeBytes)} → ${size(afterBytes)}${change === 0 ? '' : `  ${signed(change)}`}`;
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${formatSize(Math.abs(bytes))}`;
}

function changelogLines({ changelogs }: Changes, page: Page): readonly string[] {
  return changelogs.flatMap(({ source, packages, entries, problem }) => [
    '',
    `${page.paint('strong', source)}  ${page.paint('quiet', packages.join(', '))}`,
    ...(problem === undefined ? [] : [`  ${page.paint('quiet', problem)}`]),
    ...entries.flatMap(({ version, text, date }) => [
      `  ${version}  ${page.paint('quiet', date)}`,
      ...text.split('\n').map((line) => (line === '' ? '' : `  ${line}`)),
    ]),
  ]);
}
