/** What will happen to a disk, line by line: what goes, what comes, what stays. */
import type { InstallDisk } from '../../install/disk.ts';
import type { PlannedPartition } from '../../install/planned-partitions.ts';
import { formatSize } from '../../units.ts';
import { left, right } from '../cells.ts';
import { fileSystemText, partitionText } from './disk-text.ts';
import { type Row, row } from './row.ts';

/** Each line begins with `-`, `+` or a blank. */
export function diskChange(
  disk: InstallDisk,
  layout: readonly PlannedPartition[],
  keepVar: boolean,
  version: string,
): readonly Row[] {
  return keepVar ? kept(disk, version) : erased(disk, layout);
}

function erased(disk: InstallDisk, layout: readonly PlannedPartition[]): readonly Row[] {
  const { signatures, partitions, table } = disk.contents;
  const isEmpty = signatures.length === 0 && partitions.length === 0;
  return [
    ...signatures.map((name) => row(`- ${fileSystemText(name)} on the whole disk`, 'bad')),
    ...partitions.map((partition) => row(`- ${partitionText(partition)}`, 'bad')),
    ...(isEmpty ? [row(table === undefined ? '  The disk is empty.' : '- an empty partition table')] : []),
    ...layout.map((partition) => row(`+ ${plannedText(partition)}`, 'good')),
  ];
}

/** Which slot is written is the engine's choice; the rest is certain. */
function kept(disk: InstallDisk, version: string): readonly Row[] {
  const { basalt, partitions } = disk.contents;
  const isVar = ({ label }: { readonly label: string | undefined }) => label === 'var';
  const before =
    (basalt?.versions.length ?? 0) > 0
      ? 'what started before stays until it is complete'
      : 'nothing started before';
  return [
    ...partitions
      .filter((partition) => !isVar(partition))
      .map((partition) => row(`  ${partitionText(partition)}`)),
    ...partitions
      .filter(isVar)
      .map((partition) => row(`  ${partitionText(partition)}, stays as it is`, 'strong')),
    row('- what is in one of the two slots of the system', 'bad'),
    row(`+ ${version} in that slot; ${before}`, 'good'),
  ];
}

function plannedText({ label, sizeBytes, fileSystem, purpose }: PlannedPartition): string {
  const size = sizeBytes === undefined ? 'the rest' : formatSize(sizeBytes);
  const name = left(label, Math.max(12, label.length + 1));
  return [name, right(size, 22 - name.length), '  ', left(fileSystem ?? '', 12), purpose].join('').trimEnd();
}
