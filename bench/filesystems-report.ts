/** Prints what was measured of the candidates. Pure. */
import { formatSize, MIB } from '../src/units.ts';
import type { MachineFacts } from './facts.ts';
import type { GuestMeasures } from './guest.ts';
import type { NativeReads } from './native-reads.ts';
import { median, renderTable, seconds } from './table.ts';

/** What was measured of a candidate; one entry per round in the lists. */
export interface CandidateResult {
  readonly name: string;
  readonly rootStageMs: readonly number[];
  readonly imageBytes: number;
  /** Empty when not run as root. */
  readonly native: readonly NativeReads[];
  /** Empty with --no-boot. */
  readonly guest: readonly GuestMeasures[];
}

export interface FilesystemReport {
  readonly machine: MachineFacts;
  readonly runs: number;
  readonly results: readonly CandidateResult[];
}

export function renderFilesystems({ machine, runs, results }: FilesystemReport): string {
  const { cores, memoryBytes, kernel, loadBefore } = machine;
  const text = [
    `${cores} cores, ${formatSize(memoryBytes)} of memory, Linux ${kernel}; load ${loadBefore.toFixed(1)} before the first run`,
    `${runs} ${runs === 1 ? 'round' : 'rounds'} over all candidates; medians\n`,
    renderTable(
      ['root', 'root stage', 'image', '1000 random reads', 'every file'],
      results.map((result) => [
        result.name,
        seconds(median(result.rootStageMs)),
        formatSize(result.imageBytes),
        milliseconds(result.native.map(({ randomMs }) => randomMs)),
        milliseconds(result.native.map(({ everythingMs }) => everythingMs)),
      ]),
    ),
  ];
  if (results.some(({ guest }) => guest.length > 0)) text.push(`\n${guestTable(results)}`);
  return `\n${text.join('\n')}`;
}

function guestTable(results: readonly CandidateResult[]): string {
  return renderTable(
    [
      'in the machine',
      'kernel',
      'initrd',
      'user space',
      'multi-user',
      'processor',
      'available',
      'cached',
      'slab',
      '1000 reads',
      'files',
      'sequential',
    ],
    results.map(({ name, guest }) => {
      const of = (pick: (measures: GuestMeasures) => number) => median(guest.map(pick));
      return [
        name,
        seconds(of(({ kernelMs }) => kernelMs)),
        seconds(of(({ initrdMs }) => initrdMs)),
        seconds(of(({ userspaceMs }) => userspaceMs)),
        seconds(of(({ bootMs }) => bootMs)),
        seconds(of(({ processorMs }) => processorMs)),
        mebibytes(of(({ availableBytes }) => availableBytes)),
        mebibytes(of(({ cachedBytes }) => cachedBytes)),
        mebibytes(of(({ slabBytes }) => slabBytes)),
        milliseconds(guest.map(({ randomReadMs }) => randomReadMs)),
        milliseconds(guest.map(({ filesReadMs }) => filesReadMs)),
        milliseconds(guest.map(({ sequentialReadMs }) => sequentialReadMs)),
      ];
    }),
  );
}

/** Whole MiB: differences of a few of them matter here. */
function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

function milliseconds(values: readonly number[]): string {
  return values.length === 0 ? '–' : `${Math.round(median(values))} ms`;
}
