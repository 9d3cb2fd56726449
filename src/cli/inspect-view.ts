/** What `inspect` found, for people. */
import { relative } from 'node:path';
import type { Manifest } from '../build/manifest.ts';
import type { DiskReading } from '../inspect/disk.ts';
import type { EspUki } from '../inspect/esp.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { Slot } from '../inspect/slots.ts';
import type { Uki } from '../inspect/uki.ts';
import { printable } from '../report/printable.ts';
import { left, right } from '../tui/cells.ts';
import { drawPartitionBar } from '../tui/partition-bar.ts';
import { formatSize } from '../units.ts';
import type { Page } from './show-result.ts';
import { hanging } from './wrap-text.ts';

/** Half of ten packages on each side fits 80 columns. */
const MOST_PACKAGES = 10;

/** The lines of an inspection. */
export function inspectionLines(inspection: Inspection, page: Page): readonly string[] {
  const { artifact, manifest, disk, uki } = inspection;
  return [
    ...titleLines(artifact, manifest, page),
    ...(disk === undefined ? [] : diskLines(disk, page)),
    ...(uki === undefined ? [] : ['', heading(`UKI ${uki.file}`, page), ...ukiLines(uki, page)]),
    ...packageLines(manifest?.packageSizes ?? [], page),
  ];
}

function titleLines(artifact: string, manifest: Manifest | undefined, { paint }: Page): readonly string[] {
  const path = relative('.', artifact) || '.';
  const where = path.startsWith('../..') ? artifact : path;
  if (manifest === undefined) return [paint('strong', printable(where)), 'no manifest beside it'];
  const { image, version, suite, architecture, epoch } = manifest;
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  return [
    `${paint('strong', printable(`${image} ${version}`))}: Debian ${printable(suite)} ${printable(architecture)} of ${date}`,
    paint('quiet', printable(where)),
  ];
}

function diskLines(disk: NonNullable<Inspection['disk']>, page: Page): readonly string[] {
  const { paint, columns } = page;
  return [
    '',
    `${heading(`Disk ${disk.file}`, page)}: ${formatSize(disk.sizeBytes)}, ${disk.sectorSizeBytes}-byte sectors`,
    ...drawPartitionBar({ ...barOf(disk), columns }),
    ...disk.notes.flatMap((note) => hanging('  ! ', note, columns)).map((line) => paint('warning', line)),
    '',
    heading('Slots', page),
    ...(disk.slots.length === 0 ? ['  none'] : disk.slots.flatMap((slot) => slotLines(slot, page))),
    '',
    heading('UKIs in the ESP', page),
    ...(disk.espProblem === undefined
      ? []
      : hanging('  ! ', printable(disk.espProblem), columns).map((line) => paint('bad', line))),
    ...(disk.ukis.length === 0 ? ['  none'] : disk.ukis.flatMap((uki) => espUkiLines(uki, page))),
  ];
}

function barOf({ partitions, firstUsableByte, usableEndByte }: DiskReading) {
  return {
    firstUsableByte,
    usableEndByte,
    partitions: partitions.map(({ label, type, firstByte, sizeBytes, content }) => ({
      label: printable(label || type),
      firstByte,
      sizeBytes,
      ...(content.usedBytes === undefined ? {} : { usedBytes: content.usedBytes }),
    })),
  };
}

function slotLines(slot: Slot, { paint }: Page): readonly string[] {
  const { root, verity, uki, uuidsMatch } = slot;
  const parts = [
    root === undefined ? paint('bad', 'no root partition') : `root ${root.number} (${root.content.kind})`,
    verity === undefined ? paint('bad', 'no verity partition') : `verity ${verity.number}`,
    uki === undefined ? paint('bad', 'no UKI') : '',
  ].filter((part) => part !== '');
  const verdict =
    uuidsMatch === undefined
      ? paint('warning', 'no root hash to compare with')
      : uuidsMatch
        ? paint('good', 'UUIDs are the root hash')
        : paint('bad', 'UUIDs are not the root hash');
  return [`  ${paint('strong', printable(slot.version))}  ${parts.join(', ')}: ${verdict}`];
}

function espUkiLines(entry: EspUki, page: Page): readonly string[] {
  const { paint, columns } = page;
  const tries =
    entry.triesLeft === undefined
      ? 'known to be good'
      : `${entry.triesLeft} ${entry.triesLeft === 1 ? 'try' : 'tries'} left${entry.triesDone ? `, ${entry.triesDone} failed` : ''}`;
  const head = `  ${paint('strong', printable(entry.file))}  ${tries}`;
  return entry.uki === undefined
    ? [head, ...hanging('  ! ', printable(entry.problem ?? ''), columns).map((line) => paint('bad', line))]
    : [head, ...ukiLines(entry.uki, page)];
}

function ukiLines(uki: Uki, { paint, columns }: Page): readonly string[] {
  const field = (name: string, value: string) => {
    const label = `  ${name.padEnd(9)}  `;
    const [first = '', ...rest] = hanging(label, printable(value), columns);
    return [paint('quiet', label) + first.slice(label.length), ...rest];
  };
  const sizes = `${formatSize(uki.sizeBytes)}: kernel ${formatSize(uki.kernelBytes)}, initrd ${formatSize(uki.initrdBytes)}`;
  return [
    ...field('size', sizes),
    ...field('kernel', uki.kernelRelease ?? 'not said'),
    ...field('root hash', uki.rootHash ?? 'none'),
    // The hash stands above already, and alone would fill a line.
    ...field('arguments', uki.commandLine.replace(/(?<=^|\s)roothash=\S+\s*/, '')),
  ];
}

function packageLines(sizes: Manifest['packageSizes'], page: Page): readonly string[] {
  if (sizes.length === 0) return [];
  const largest = sizes.slice(0, MOST_PACKAGES);
  const cell = ({ name, sizeBytes }: Manifest['packageSizes'][number]) =>
    `  ${left(printable(name), 22)}${right(formatSize(sizeBytes), 11)}`;
  const half = Math.ceil(largest.length / 2);
  const rows = largest.slice(0, half).map((entry, index) => {
    const second = largest[half + index];
    return `${cell(entry)}${second === undefined ? '' : `    ${cell(second)}`}`;
  });
  return ['', `${heading('Largest packages', page)}, unpacked`, ...rows];
}

function heading(text: string, { paint }: Page): string {
  return paint('strong', printable(text));
}
