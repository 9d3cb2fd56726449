/** Chooses a disk without a person: exactly one, or none. */
import { realpath } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { formatSize } from '../../units.ts';
import type { InstallDisk } from '../disk.ts';

/** A selector, read. */
export type DiskSelector =
  | { readonly kind: 'serial' | 'wwn' | 'path'; readonly value: string }
  | { readonly kind: 'smallest-nvme' | 'smallest-any' };

const FORMS = 'serial:TEXT, wwn:TEXT, path:/dev/…, smallest-nvme or smallest-any';

/**
 * Reads `serial:TEXT`, `wwn:TEXT`, `path:/dev/…`, `/dev/…`, `smallest-nvme` or `smallest-any`.
 * @throws {UserError} `disk-selector`.
 */
export function parseSelector(text: string): DiskSelector {
  if (text === 'smallest-nvme' || text === 'smallest-any') return { kind: text };
  if (text.startsWith('/dev/')) return { kind: 'path', value: text };
  const [, kind, value = ''] = /^(serial|wwn|path):(.*)$/.exec(text) ?? [];
  const isGood = value.trim() !== '' && (kind !== 'path' || value.startsWith('/dev/'));
  if (isGood && (kind === 'serial' || kind === 'wwn' || kind === 'path'))
    return { kind, value: value.trim() };
  throw new UserError('disk-selector', `"${text}" names no disk`, {
    needed: FORMS,
    next: ['see the disks with: basalt install --list'],
  });
}

/**
 * Finds the one disk that a selector means.
 * @param disks What `listDisks` found.
 * @throws {UserError} `disk-not-found`, `disk-ambiguous` or `disk-refused`, with every disk and why it is not the one.
 */
export async function selectDisk(
  disks: readonly InstallDisk[],
  selector: DiskSelector,
): Promise<InstallDisk> {
  // by-id, by-path and the like are links to devices.
  const device =
    selector.kind === 'path' ? await realpath(selector.value).catch(() => selector.value) : undefined;
  return chooseDisk(disks, selector, device);
}

/** Pure. @param device What a path leads to. */
export function chooseDisk(
  disks: readonly InstallDisk[],
  selector: DiskSelector,
  device: string | undefined,
): InstallDisk {
  const meant = disks.filter((disk) => mismatch(disk, selector, device) === undefined);
  const isSmallest = selector.kind === 'smallest-nvme' || selector.kind === 'smallest-any';
  // A disk that is in use is not passed over: it may be the one that was meant, and the next larger one holds data.
  const possible = isSmallest ? meant.filter(({ passedOver }) => !passedOver) : meant;
  const smallest = Math.min(...possible.map(({ sizeBytes }) => sizeBytes));
  const candidates = isSmallest ? possible.filter(({ sizeBytes }) => sizeBytes === smallest) : possible;
  const [chosen] = candidates;
  if (chosen !== undefined && candidates.length === 1 && chosen.refusal === undefined) return chosen;
  throw problem(disks, selector, candidates, device);
}

function mismatch(disk: InstallDisk, selector: DiskSelector, device: string | undefined): string | undefined {
  switch (selector.kind) {
    case 'serial':
      return same(disk.serial, selector.value) ? undefined : `serial ${disk.serial ?? 'unknown'}`;
    case 'wwn':
      return same(bareWwn(disk.wwn), bareWwn(selector.value)) ? undefined : `WWN ${disk.wwn ?? 'unknown'}`;
    case 'path':
      return disk.path === device ? undefined : `path ${disk.path}`;
    case 'smallest-nvme':
      return disk.bus === 'nvme' ? undefined : `no NVMe disk (${disk.bus})`;
    case 'smallest-any':
      // A stick that someone forgot is the smallest of most machines.
      return disk.bus === 'usb' ? 'a USB disk: name it by serial, WWN or path' : undefined;
  }
}

function problem(
  disks: readonly InstallDisk[],
  selector: DiskSelector,
  candidates: readonly InstallDisk[],
  device: string | undefined,
): UserError {
  const wanted = 'value' in selector ? `${selector.kind}:${selector.value}` : selector.kind;
  const seen = disks.map((disk) => {
    const why =
      mismatch(disk, selector, device) ?? disk.refusal ?? (candidates.includes(disk) ? 'matches' : 'larger');
    return `${disk.name}, ${formatSize(disk.sizeBytes)}: ${why}`;
  });
  const details = {
    seen: seen.length === 0 ? 'no disks at all' : seen.join('\n'),
    needed: 'exactly one disk, so that none is erased that was not meant',
    where: wanted,
  };
  if (candidates.length > 1)
    return new UserError('disk-ambiguous', `${wanted} means ${candidates.length} disks`, {
      ...details,
      next: ['name one by its serial, WWN or path'],
    });
  const [refused] = candidates;
  if (refused?.refusal !== undefined)
    return new UserError(
      'disk-refused',
      `nothing can be installed to ${refused.name}: ${refused.refusal}`,
      details,
    );
  return new UserError('disk-not-found', `${wanted} means no disk that can be installed to`, {
    ...details,
    next: [
      selector.kind === 'path' ? 'check the path' : 'name one by its serial, WWN or path',
      'a disk that the kernel does not show may need a driver: look at its messages, dmesg',
    ],
  });
}

function same(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && left.toLowerCase() === right.toLowerCase();
}

/** udev writes `0x5000…`, labels on disks `5000…` or `50:00:…`, sysfs `naa.5000…`. */
function bareWwn(wwn: string | undefined): string | undefined {
  return wwn
    ?.toLowerCase()
    .replace(/^0x|^naa\.|^eui\./, '')
    .replaceAll(/[:-]/g, '');
}
