/** The log of an installation, as it can be saved. */
import { type InstallEvent, installSteps } from '../../install/events.ts';
import { formatDuration, formatSize } from '../../units.ts';
import { diskChange } from './disk-change.ts';
import { busText } from './disk-text.ts';
import type { Run } from './run.ts';
import { chosenDisk, type InstallerState } from './state.ts';

/** What is known when it begins. */
export function headLines(state: InstallerState): readonly string[] {
  const { machine, image, layout } = state.facts;
  const disk = chosenDisk(state);
  const name = [machine.vendor, machine.model, machine.serial]
    .filter((part) => part !== undefined)
    .join(', ');
  return [
    `${image.name} ${image.version}`,
    `machine: ${name}`,
    ...(disk === undefined
      ? []
      : [
          `disk: ${disk.path}, ${disk.model ?? 'unknown'}, serial ${disk.serial ?? 'not told'}, WWN ${disk.wwn ?? 'none'}, ${formatSize(disk.sizeBytes)}, ${busText(disk)}, sectors of ${disk.sectorBytes}`,
          ...diskChange(disk, layout, state.draft.keepVar === true, image.version).map((row) =>
            row.map(({ text }) => text).join(''),
          ),
        ]),
  ];
}

/** Lines for an event; progress has none. */
export function eventLines(event: InstallEvent, sinceMs: number): readonly string[] {
  switch (event.kind) {
    case 'step-started':
      return [stamped(sinceMs, titleOf(event.step))];
    case 'step-ended':
      return [stamped(sinceMs, `${titleOf(event.step)}: done in ${formatDuration(event.durationMs)}`)];
    case 'note':
      return [stamped(sinceMs, `${event.level === 'warning' ? 'warning: ' : ''}${event.text}`)];
    case 'progress':
      return [];
  }
}

/** Lines for the end. */
export function outcomeLines(end: NonNullable<Run['end']>, sinceMs: number): readonly string[] {
  switch (end.kind) {
    case 'installed':
      return [
        stamped(sinceMs, `installed ${end.outcome.version}, ${formatSize(end.outcome.bytesWritten)} written`),
        ...end.outcome.notes,
      ];
    case 'stopped':
      return [stamped(sinceMs, 'stopped')];
    case 'failed': {
      const { summary, seen, needed, next } = end.failure;
      return [
        stamped(sinceMs, `failed: ${summary}`),
        ...seen,
        ...(needed === undefined ? [] : [`needed: ${needed}`]),
        ...next.map((step) => `next: ${step}`),
      ];
    }
  }
}

function stamped(sinceMs: number, text: string): string {
  return `[${(sinceMs / 1000).toFixed(1).padStart(7)}] ${text}`;
}

function titleOf(step: string): string {
  return installSteps.find(({ name }) => name === step)?.title ?? step;
}
