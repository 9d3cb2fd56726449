/** What `why` found, for people. */
import { relative } from 'node:path';
import type { Chain, SetReason, Why } from '../packages/why.ts';
import { printable } from '../report/printable.ts';
import { formatSize } from '../units.ts';
import type { Origin } from '../yaml/origin.ts';
import type { Page } from './show-result.ts';
import { hanging } from './wrap-text.ts';

/** The result of `why`; with `--json` it is printed as it is (docs/reference/json.md). */
export interface WhyResult {
  readonly image: string;
  /** Where the lock came from: a file, or the package lists. */
  readonly lock: string;
  readonly packages: readonly Why[];
}

/** libc6 is needed by nearly everything: the nearest few say enough. */
const MOST_CHAINS = 5;

const places = {
  root: 'in the root',
  initrd: 'in the initrd',
  kernel: 'the kernel',
  live: 'in the live system',
} as const;

/** The lines of an explanation. */
export function whyLines({ image, packages }: WhyResult, page: Page): readonly string[] {
  return packages.flatMap(({ package: name, sets }, index) => [
    ...(index === 0 ? [] : ['']),
    `${page.paint('strong', printable(`${name} ${sets[0]?.version ?? ''}`))} in ${printable(image)}`,
    ...sets.flatMap((reason) => setLines(reason, page)),
  ]);
}

function setLines(reason: SetReason, page: Page): readonly string[] {
  const { set, installedSizeBytes, essential, chains } = reason;
  const facts = [`${formatSize(installedSizeBytes)} installed`, ...(essential ? ['essential'] : [])];
  const more = chains.length - MOST_CHAINS;
  return [
    '',
    `${places[set]}: ${facts.join(', ')}`,
    ...chains.slice(0, MOST_CHAINS).flatMap((chain) => chainLines(chain, page)),
    ...(more > 0 ? [`  and ${more} more ${more === 1 ? 'way' : 'ways'}`] : []),
    ...dropLines(reason, page),
  ];
}

function chainLines({ request, links }: Chain, { paint, columns }: Page): readonly string[] {
  const from = request === undefined ? 'essential' : originText(request);
  const text = links
    .map(({ name, as }) => (as === undefined ? name : `${name} (as ${as})`))
    .map(printable)
    .join(' → ');
  return [`  ${paint('accent', printable(from))}`, ...hanging('    ', text, columns)];
}

function dropLines({ drop }: SetReason, { paint }: Page): readonly string[] {
  if (drop === undefined) return [];
  const reason =
    drop.kind === 'recipe'
      ? `${printable(originText(drop.origin))} drops it`
      : 'nothing that stayed needs it';
  return [`  ${paint('warning', 'left the image again')}: ${reason}`];
}

function originText({ file, line }: Origin): string {
  const path = relative('.', file);
  const shown = file.startsWith('/') && !path.startsWith('../..') ? path : file;
  return line === 0 ? shown : `${shown}:${line}`;
}
