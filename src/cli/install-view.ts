/** What `basalt install` prints for people: the disks, the way, the result. */
import type { InstallDisk } from '../install/disk.ts';
import { type InstallEvent, installSteps } from '../install/events.ts';
import type { InstallResult } from '../install/install.ts';
import { printable } from '../report/printable.ts';
import { addSample, type Sample, speedOf } from '../report/speed.ts';
import { formatDuration, formatSize } from '../units.ts';
import type { Page } from './show-result.ts';
import { hanging } from './wrap-text.ts';

/** A line for each disk, and below it what is on it and why it cannot be chosen. */
export function diskLines(disks: readonly InstallDisk[], { paint, columns }: Page): readonly string[] {
  if (disks.length === 0) return ['no disks: a controller may need a driver; look at dmesg'];
  const widths = [
    Math.max(4, ...disks.map(({ name }) => name.length)),
    Math.max(4, ...disks.map(({ sizeBytes }) => formatSize(sizeBytes).length)),
    Math.max(3, ...disks.map(({ bus }) => bus.length)),
  ] as const;
  const row = (name: string, size: string, bus: string, sector: string, rest: string) =>
    `${name.padEnd(widths[0])}  ${size.padStart(widths[1])}  ${bus.padEnd(widths[2])}  ${sector.padStart(6)}  ${rest}`;
  const title = row('DISK', 'SIZE', 'BUS', 'SECTOR', 'MODEL');
  return [
    paint('quiet', title),
    ...disks.flatMap((disk) => {
      const head = row(
        disk.name,
        formatSize(disk.sizeBytes),
        disk.bus,
        String(disk.sectorBytes),
        printable(disk.model ?? 'unknown'),
      ).slice(0, columns);
      const ids = [
        disk.serial === undefined ? [] : [`serial ${disk.serial}`],
        disk.wwn === undefined ? [] : [`WWN ${disk.wwn}`],
      ].flat();
      return [
        paint(disk.refusal === undefined ? 'strong' : 'quiet', head.trimEnd()),
        ...(ids.length === 0 ? [] : hanging('    ', printable(ids.join(', ')), columns)),
        ...hanging('    ', printable(contentsText(disk)), columns),
        ...(disk.refusal === undefined
          ? []
          : hanging('    cannot be used: ', printable(disk.refusal), columns).map((line) =>
              paint('warning', line),
            )),
      ];
    }),
  ];
}

/** What is on a disk now, as a few words. Pure. */
export function contentsText({ contents }: Pick<InstallDisk, 'contents'>): string {
  const { table, partitions, signatures, isUnknown, basalt } = contents;
  if (isUnknown) return 'could not be read';
  if (basalt !== undefined) {
    const { versions, interrupted, interruptedVersion, hasVar } = basalt;
    return [
      versions.length === 0 ? 'Basalt' : `Basalt ${versions.join(' and ')}`,
      ...(interrupted
        ? [
            `an interrupted installation${interruptedVersion === undefined ? '' : ` of ${interruptedVersion}`}`,
          ]
        : []),
      hasVar ? 'with a /var' : 'without a /var',
    ].join(', ');
  }
  const kinds = [...new Set(partitions.flatMap(({ fileSystem }) => fileSystem ?? []))];
  const parts = [
    ...(table === undefined ? [] : [`${table === 'other' ? 'a partition table' : table.toUpperCase()}`]),
    ...(partitions.length === 0
      ? []
      : [
          `${partitions.length} partition${partitions.length === 1 ? '' : 's'}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`,
        ]),
    ...signatures,
  ];
  return parts.length === 0 ? 'empty' : parts.join(', ');
}

/** Progress in lines: a step when it begins, what is noted, and now and then how far a copy is. */
export class ProgressLines {
  private samples: readonly Sample[] = [];
  private toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly everyMs = 2000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns The event's line; undefined when it is not worth one. */
  lineOf(event: InstallEvent): string | undefined {
    switch (event.kind) {
      case 'step-started': {
        this.samples = [];
        this.toldAtMs = this.now();
        const index = installSteps.findIndex(({ name }) => name === event.step);
        return `${index + 1}/${installSteps.length} ${installSteps[index]?.title}`;
      }
      case 'progress': {
        const atMs = this.now();
        this.samples = addSample(this.samples, { atMs, done: event.doneBytes });
        const isOver = event.doneBytes >= event.totalBytes;
        if (!isOver && atMs - this.toldAtMs < this.everyMs) return undefined;
        this.toldAtMs = atMs;
        return `    ${progressText(event, speedOf(this.samples, atMs))}`;
      }
      case 'note':
        return `${event.level === 'warning' ? 'warning' : 'note'}: ${printable(event.text)}`;
      case 'step-ended':
        return undefined;
    }
  }
}

/** Such as `43 %, 512 MiB of 1.2 GiB, 180 MB/s, 4 s left`. Pure. */
export function progressText(
  { doneBytes, totalBytes }: { readonly doneBytes: number; readonly totalBytes: number },
  bytesPerSecond: number | undefined,
): string {
  const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
  const parts = [`${percent} %`, `${formatSize(doneBytes)} of ${formatSize(totalBytes)}`];
  if (bytesPerSecond !== undefined && bytesPerSecond > 0) {
    parts.push(`${(bytesPerSecond / 1e6).toFixed(bytesPerSecond < 1e7 ? 1 : 0)} MB/s`);
    const left = (totalBytes - doneBytes) / bytesPerSecond;
    if (left > 0) parts.push(`${left < 60 ? `${Math.ceil(left)} s` : formatDuration(left * 1000)} left`);
  }
  return parts.join(', ');
}

/** What was done, and what comes next. */
export function resultLines(
  { disk, version, bytesWritten, durationMs, bootEntry, partitions }: InstallResult,
  { paint, columns }: Page,
): readonly string[] {
  const speed = bytesWritten / 1e6 / (durationMs / 1000);
  return [
    paint('good', `version ${version} is installed to ${disk}`),
    ...partitions.map(
      ({ path, label, sizeBytes }) => `  ${path}  ${label.padEnd(20)}  ${formatSize(sizeBytes)}`,
    ),
    ...hanging(
      '  ',
      `${formatSize(bytesWritten)} in ${formatDuration(durationMs)} (${speed.toFixed(0)} MB/s, verified)${bootEntry === undefined ? '' : `; boot entry ${bootEntry}`}`,
      columns,
    ),
    ...hanging(
      '  ',
      'next: take out the medium and restart the machine, or move the disk to its machine',
      columns,
    ),
  ];
}
