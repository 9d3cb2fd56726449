/**
 * What is on a disk or a part of it, by its signatures. Neither program is trusted alone: blkid(8) gives up when several
 * things are there, and wipefs(8) does not tell which of them counts.
 */
import { z } from 'zod';
import type { Programs } from '../programs.ts';

export interface Signatures {
  /** Such as `ext4`, `linux_raid_member`, `LVM2_member`, `zfs_member`, `crypto_LUKS`; the one that counts first. */
  readonly types: readonly string[];
  /** Of a partition table: `gpt`, `dos`. */
  readonly table: string | undefined;
  /** Label of the file system. */
  readonly label: string | undefined;
}

/** blkid(8): nothing was found, or several things that contradict each other. */
const NOTHING = 2;
const AMBIVALENT = 8;

/** What wipefs(8) calls partition tables. */
const TABLES: readonly string[] = ['gpt', 'PMBR', 'dos', 'bsd', 'sun', 'sgi', 'mac', 'atari', 'ultrix'];

const wipefsSchema = z.object({
  signatures: z.array(z.object({ type: z.string(), label: z.string().nullish() })).optional(),
});

/**
 * Looks at a device.
 * @param place A part of it; absent: all of it.
 */
export async function signaturesOf(
  programs: Programs,
  device: string,
  signal: AbortSignal,
  place?: { readonly firstByte: number; readonly sizeBytes: number },
): Promise<Signatures> {
  const part = place === undefined ? [] : [`--offset=${place.firstByte}`, `--size=${place.sizeBytes}`];
  const probe = await programs(['blkid', '--probe', '--output=export', ...part, device], {
    signal,
    accept: [0, NOTHING, AMBIVALENT],
  });
  if (place !== undefined) return mergeSignatures(parseBlkid(probe.stdout), []);
  const { stdout } = await programs(['wipefs', '--no-act', '--json', device], { signal });
  return mergeSignatures(parseBlkid(probe.stdout), parseWipefs(stdout));
}

/** Pure: lines `KEY=value`; blkid escapes what a shell would read. */
export function parseBlkid(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const separator = line.indexOf('=');
      return separator < 0
        ? []
        : [[line.slice(0, separator), line.slice(separator + 1).replace(/\\(.)/g, '$1')]];
    }),
  );
}

/** Pure: the types of all signatures. Without any, wipefs writes nothing at all. */
export function parseWipefs(json: string): readonly string[] {
  if (json.trim() === '') return [];
  return (wipefsSchema.parse(JSON.parse(json)).signatures ?? []).map(({ type }) => type);
}

/** Pure: each type once, tables apart. */
export function mergeSignatures(blkid: ReadonlyMap<string, string>, wipefs: readonly string[]): Signatures {
  const type = blkid.get('TYPE');
  const found = [...(type === undefined ? [] : [type]), ...wipefs];
  return {
    types: [...new Set(found)].filter((name) => !TABLES.includes(name)),
    table: blkid.get('PTTYPE') ?? (wipefs.includes('gpt') ? 'gpt' : wipefs.find((name) => name === 'dos')),
    label: blkid.get('LABEL'),
  };
}
