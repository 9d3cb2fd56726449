/** Changes of an ESP: what is to be put, renamed and removed, whoever does it. */
import { dirname } from 'node:path';

/** Paths are relative to the ESP: `EFI/Linux/basalt_1.2.0.efi`. */
export type EspChange =
  /** Writes a file under another name, brings it to the disk, and gives it its name. Folders are made. */
  | { readonly kind: 'put'; readonly from: string; readonly path: string }
  /** Within a folder. A file of the new name is replaced. */
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  /** It may be missing. */
  | { readonly kind: 'remove'; readonly path: string };

/** Names that systemd-boot and the agent on the machine pass over, and the agent removes. */
export const UNFINISHED = '.new';

/** The changes as words for a script. Pure. */
export function wordsOf(change: EspChange): readonly string[] {
  switch (change.kind) {
    case 'put':
      return ['put', change.from, change.path];
    case 'rename':
      return ['rename', change.from, change.to];
    case 'remove':
      return ['remove', change.path];
  }
}

/** Folders that a sandbox must show. */
export function foldersOf(changes: readonly EspChange[]): readonly string[] {
  return [...new Set(changes.flatMap((change) => (change.kind === 'put' ? [dirname(change.from)] : [])))];
}
