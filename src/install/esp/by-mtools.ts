/** Changes an ESP with mtools, where the kernel has no vfat: it writes through the disk's own device. */
import type { PartitionPlace } from '../mounted.ts';
import type { ProgramOptions, Programs } from '../programs.ts';
import { type EspChange, foldersOf, UNFINISHED, wordsOf } from './change.ts';

/** mmd(1) and mdel(1) fail for what is there already, or is missing. */
const SCRIPT = `
esp=$1
disk=\${esp%@@*}
shift
make_folders() {
    case $1 in
        .) ;;
        *)
            make_folders "$(dirname "$1")"
            mdir -b -i "$esp" "::$1" >/dev/null 2>&1 || mmd -D s -i "$esp" "::$1"
            ;;
    esac
}
remove() { if mdir -b -i "$esp" "::$1" >/dev/null 2>&1; then mdel -i "$esp" "::$1"; fi; }
while [ $# -gt 0 ]; do
    case $1 in
        put)
            make_folders "$(dirname "$3")"
            mcopy -D o -i "$esp" "$2" "::$3${UNFINISHED}"
            sync "$disk"
            remove "$3"
            mren -i "$esp" "::$3${UNFINISHED}" "$(basename "$3")"
            shift 3
            ;;
        rename) remove "$3"; mren -i "$esp" "::$2" "$(basename "$3")"; shift 3 ;;
        remove) remove "$2"; shift 2 ;;
    esac
    sync "$disk"
done`;

/** Each change is on the disk before the next begins. */
export async function changeByMtools(
  programs: Programs,
  place: PartitionPlace,
  changes: readonly EspChange[],
  { signal }: Pick<ProgramOptions, 'signal'>,
): Promise<void> {
  await programs(
    ['sh', '-euc', SCRIPT, 'sh', `${place.disk}@@${place.firstByte}`, ...changes.flatMap(wordsOf)],
    {
      tool: 'mtools',
      signal,
      reads: foldersOf(changes),
    },
  );
}

/** Gives a file's content. */
export async function readByMtools(
  programs: Programs,
  place: PartitionPlace,
  path: string,
  { signal, onOutput }: Pick<ProgramOptions, 'signal' | 'onOutput'>,
): Promise<void> {
  // mtype would stop at an end-of-file character only with -t; mcopy to "-" gives every byte.
  await programs(['mcopy', '-i', `${place.disk}@@${place.firstByte}`, `::${path}`, '-'], {
    tool: 'mtools',
    signal,
    ...(onOutput === undefined ? {} : { onOutput }),
  });
}
