/**
 * The UKIs of the ESP. systemd-boot starts the newest version that has tries left, and keeps count in the file's name:
 * `basalt_1.2.0+2-1.efi` has two tries left and had one; without a counter it is good.
 * @see https://uapi-group.org/specifications/specs/boot_loader_specification/#boot-counting
 */
import { type Host, HostError } from '../../host.ts';
import { runRequired } from '../../machine/run-required.ts';
import { onMachine } from '../../machine/scratch.ts';
import { UpdateFailure } from '../failure.ts';

/** systemd-gpt-auto-generator(8) mounts the ESP there when someone looks. */
export const ESP = '/boot';
export const ENTRY_FOLDER = `${ESP}/EFI/Linux`;
/** systemd-boot looks at names that end in `.efi` only. */
const UNFINISHED = '.new';

export interface BootEntry {
  /** The file's name. */
  readonly file: string;
  readonly version: string;
  /** Undefined: it is marked good. */
  readonly tries: { readonly left: number; readonly done: number } | undefined;
}

/** @returns Undefined for a file that is none of ours. */
export function parseEntry(file: string): BootEntry | undefined {
  const match = /^basalt_(.+?)(?:\+([0-9]+)(?:-([0-9]+))?)?\.efi$/.exec(file);
  const [, version, left, done] = match ?? [];
  if (version === undefined) return undefined;
  return {
    file,
    version,
    tries: left === undefined ? undefined : { left: Number(left), done: Number(done ?? 0) },
  };
}

/** The name of a version that has not been started. */
export function newEntryName(version: string, tries: number): string {
  return `basalt_${version}+${tries}-0.efi`;
}

/** The name of a version that is not started any more unless there is nothing else. */
export function refusedEntryName({ version, tries }: BootEntry): string {
  // One more than it had: a name that systemd-bless-boot does not look for, should the version become good after all.
  return `basalt_${version}+0-${tries === undefined ? 1 : tries.done + tries.left + 1}.efi`;
}

/** @throws {UpdateFailure} when the ESP is not there. */
export function bootEntries(host: Host): BootEntry[] {
  const entries = host.list(`${ENTRY_FOLDER}/`).flatMap((file) => parseEntry(file) ?? []);
  if (entries.length > 0) return entries;
  throw new UpdateFailure(`${ENTRY_FOLDER} has no version of the system: is the ESP mounted?`, {
    next: 'systemctl status boot.automount boot.mount',
  });
}

/** The UKIs of a version; more than one only after a power cut. */
export function entriesOf(entries: readonly BootEntry[], version: string): BootEntry[] {
  return entries.filter((entry) => entry.version === version);
}

/**
 * Removes entries, and returns when they are gone from the disk. vfat takes away a file's name and its clusters in any
 * order, so the name goes first: a power cut must not leave half a UKI where the boot loader looks.
 * @throws {HostError}
 */
export function removeEntries(host: Host, entries: readonly BootEntry[]): void {
  for (const { file } of entries)
    host.rename(`${ENTRY_FOLDER}/${file}`, `${ENTRY_FOLDER}/${file}${UNFINISHED}`);
  flushEsp(host);
  for (const { file } of entries) host.remove(`${ENTRY_FOLDER}/${file}${UNFINISHED}`);
  flushEsp(host);
}

/**
 * What an earlier try left: files that never got their final name, and empty ones under it. vfat writes the new name of a
 * file before it writes where its content is; when the power goes between, whoever renamed it, the name is all there is.
 * The boot loader passes over an empty file.
 * @throws {HostError}
 */
export function removeUnfinished(host: Host): void {
  const unfinished = host
    .list(`${ENTRY_FOLDER}/`)
    .filter((name) => name.endsWith(UNFINISHED) || (parseEntry(name) !== undefined && isEmpty(host, name)));
  for (const name of unfinished) host.remove(`${ENTRY_FOLDER}/${name}`);
  if (unfinished.length > 0) flushEsp(host);
}

function isEmpty(host: Host, name: string): boolean {
  return (
    runRequired(host, ['stat', '-c', '%s', '--', onMachine(host, `${ENTRY_FOLDER}/${name}`)]).trim() === '0'
  );
}

/** Where a UKI is written to before it has its final name. */
export function unfinishedPath(version: string): string {
  return `${ENTRY_FOLDER}/basalt_${version}${UNFINISHED}`;
}

/** @throws {HostError} */
export function renameEntry(host: Host, from: string, to: string): void {
  host.rename(`${ENTRY_FOLDER}/${from}`, `${ENTRY_FOLDER}/${to}`);
  flushEsp(host);
}

/**
 * Everything written to the ESP so far reaches the disk. For vfat, syncfs(2) gives it to the disk and does not ask the disk to
 * empty its cache; fsync(2) of a folder does (fat_file_fsync in fs/fat/file.c).
 * @throws {HostError}
 */
export function flushEsp(host: Host): void {
  const folder = onMachine(host, ENTRY_FOLDER);
  runRequired(host, ['sync', '--file-system', '--', folder]);
  runRequired(host, ['sync', '--', folder]);
}

/** Bytes that are free in a file system. @throws {HostError} */
export function freeBytes(host: Host, path: string): number {
  const [available, size] = runRequired(host, ['stat', '-f', '-c', '%a %S', '--', onMachine(host, path)])
    .trim()
    .split(' ')
    .map(Number);
  if (available === undefined || size === undefined || Number.isNaN(available * size))
    throw new HostError(`stat -f ${path}`, 'it gave no numbers');
  return available * size;
}
