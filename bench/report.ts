/** Prints a comparison. Pure. */
import { formatSize, MIB } from '../src/units.ts';
import { type BenchCase, benchCases, caseNames, type Sample, type Samples } from './cases.ts';
import type { DiskFacts } from './disk-facts.ts';
import type { MachineFacts } from './facts.ts';
import { median, renderTable, seconds } from './table.ts';

interface Sizes extends DiskFacts {
  readonly rootImageBytes: number;
  readonly ukiBytes: number;
}

/** All that a comparison measured: what `--save` writes. */
export interface Comparison {
  readonly machine: MachineFacts;
  readonly runs: number;
  readonly mkosi: { readonly version: string; readonly filesystem: string };
  /** In the root image. */
  readonly packages: number;
  readonly samples: { readonly basalt: Samples; readonly mkosi: Samples };
  readonly sizes: { readonly basalt: Sizes; readonly mkosi: Sizes };
  /** Uncompressed bytes by package. */
  readonly contributors: readonly { readonly name: string; readonly sizeBytes: number }[];
}

const ROOT_TARGET_BYTES = 200 * MIB;
const DISK_TARGET_BYTES = 300 * MIB;

export function renderComparison(comparison: Comparison): string {
  return [
    machineLine(comparison),
    timeTable(comparison),
    memoryTable(comparison),
    ...caseNames.map((name) => stageTable(comparison, name)),
    sizeTable(comparison),
    renderTable(
      ['largest contributors to the root', 'uncompressed'],
      comparison.contributors.map(({ name, sizeBytes }) => [name, formatSize(sizeBytes)]),
    ),
  ]
    .filter((part) => part !== '')
    .map((part) => `\n${part}`)
    .join('');
}

function machineLine({ machine, runs, mkosi, packages }: Comparison): string {
  const { cores, memoryBytes, kernel, loadBefore } = machine;
  return [
    `${cores} cores, ${formatSize(memoryBytes)} of memory, Linux ${kernel}; load ${loadBefore.toFixed(1)} before the first run`,
    `${packages} packages; mkosi ${mkosi.version} with a ${mkosi.filesystem} root (zstd-3), workspace on tmpfs, package cache warm`,
    `${runs} ${runs === 1 ? 'round' : 'rounds, in alternating order'}; times are medians (and the shortest)\n`,
  ].join('\n');
}

function timeTable({ samples }: Comparison): string {
  const cell = (runs: readonly Sample[]) => {
    const times = runs.map(({ wallMs }) => wallMs);
    return `${seconds(median(times))} (${seconds(Math.min(...times))})`;
  };
  return renderTable(
    ['time', 'Basalt', 'mkosi', 'ratio', 'target'],
    caseNames.map((name) => [
      benchCases[name].title,
      cell(samples.basalt[name]),
      cell(samples.mkosi[name]),
      ratio(samples, name).toFixed(2),
      benchCases[name].target,
    ]),
  );
}

/** The ratio of medians: rounds alternate, so load from elsewhere falls on both. */
function ratio(samples: Comparison['samples'], name: BenchCase): number {
  const of = (side: Samples) => median(side[name].map(({ wallMs }) => wallMs));
  return of(samples.basalt) / of(samples.mkosi);
}

function memoryTable({ samples }: Comparison): string {
  const largest = (runs: readonly Sample[], of: (sample: Sample) => number) =>
    formatSize(Math.max(...runs.map(of)));
  return renderTable(
    ['peak memory', 'Basalt: processes', 'tmpfs', 'mkosi: processes', 'tmpfs'],
    caseNames.map((name) => [
      benchCases[name].title,
      ...[samples.basalt, samples.mkosi].flatMap((side) => [
        largest(side[name], ({ peakProcessBytes }) => peakProcessBytes),
        largest(side[name], ({ peakTmpfsBytes }) => peakTmpfsBytes),
      ]),
    ]),
  );
}

function stageTable({ samples }: Comparison, name: BenchCase): string {
  const runs = samples.basalt[name];
  const stages = runs[0]?.stages ?? [];
  if (stages.length === 0) return '';
  const values = (stage: string, key: 'startMs' | 'durationMs') =>
    median(
      runs
        .flatMap(({ stages: all = [] }) => all.filter((each) => each.stage === stage))
        .map((each) => each[key]),
    );
  const rows = stages
    .map(({ stage }) => ({ stage, start: values(stage, 'startMs'), duration: values(stage, 'durationMs') }))
    .sort((a, b) => a.start - b.start);
  const end = Math.max(...rows.map(({ start, duration }) => start + duration));
  const wall = median(runs.map(({ wallMs }) => wallMs));
  return renderTable(
    [`Basalt, ${benchCases[name].title}`, 'starts at', 'takes'],
    [
      ['start, recipe, solving, planning', seconds(0), seconds(Math.min(...rows.map(({ start }) => start)))],
      ...rows.map(({ stage, start, duration }) => [stage, seconds(start), seconds(duration)]),
      ['output folder', seconds(end), seconds(wall - end)],
    ],
  );
}

function sizeTable({ sizes }: Comparison): string {
  const row = (title: string, of: (side: Sizes) => number, target = '') => [
    title,
    formatSize(of(sizes.basalt)),
    formatSize(of(sizes.mkosi)),
    target,
  ];
  return renderTable(
    ['size', 'Basalt', 'mkosi', 'target'],
    [
      row('root image', ({ rootImageBytes }) => rootImageBytes, `at most ${formatSize(ROOT_TARGET_BYTES)}`),
      row('UKI', ({ ukiBytes }) => ukiBytes),
      row("disk image's data", ({ dataBytes }) => dataBytes, `at most ${formatSize(DISK_TARGET_BYTES)}`),
    ],
  );
}
