/** Changes an ESP by mounting it: what a live system does. */
import { type PartitionPlace, runMounted } from '../mounted.ts';
import type { ProgramOptions, Programs } from '../programs.ts';
import { type EspChange, foldersOf, UNFINISHED, wordsOf } from './change.ts';

/**
 * Each change is on the disk before the next begins. For vfat, syncfs(2) gives it to the disk and does not ask the disk to
 * empty its cache; fsync(2) of a file or a folder does (fat_file_fsync in fs/fat/file.c).
 *
 * A file that is replaced is held open until the name on the disk leads to the new one. Otherwise vfat may free its clusters
 * before that (fat_evict_inode in fs/fat/inode.c), and a power cut leaves a boot loader without content.
 */
const SCRIPT = `
hold() { if [ -f "$1" ]; then exec 9<"$1"; fi; }
while [ $# -gt 0 ]; do
    case $1 in
        put)
            mkdir -p "$(dirname "$3")"
            cp "$2" "$3${UNFINISHED}"
            sync "$3${UNFINISHED}"
            hold "$3"
            mv -f "$3${UNFINISHED}" "$3"
            target=$3
            shift 3
            ;;
        rename) hold "$3"; mv -f "$2" "$3"; target=$3; shift 3 ;;
        remove) rm -f "$2"; target=$2; shift 2 ;;
    esac
    sync --file-system .
    if [ -d "$(dirname "$target")" ]; then sync "$(dirname "$target")"; fi
    exec 9<&-
done`;

/** @param fileSystem As mount(8) calls it. */
export async function changeByMount(
  programs: Programs,
  place: PartitionPlace,
  changes: readonly EspChange[],
  { signal }: Pick<ProgramOptions, 'signal'>,
  fileSystem = 'vfat',
): Promise<void> {
  await runMounted(
    programs,
    { place, fileSystem, script: SCRIPT, args: changes.flatMap(wordsOf) },
    { signal, reads: foldersOf(changes) },
  );
}

/** Gives a file's content, as the disk has it: the file system was not mounted before. */
export async function readByMount(
  programs: Programs,
  place: PartitionPlace,
  path: string,
  { signal, onOutput }: Pick<ProgramOptions, 'signal' | 'onOutput'>,
  fileSystem = 'vfat',
): Promise<void> {
  await runMounted(
    programs,
    { place, fileSystem, readOnly: true, script: 'cat "$1"', args: [path] },
    { signal, ...(onOutput === undefined ? {} : { onOutput }) },
  );
}
