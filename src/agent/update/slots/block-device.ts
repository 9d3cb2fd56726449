/** Reading and writing places of a disk, past the page cache, by dd(1). */
import type { Host } from '../../host.ts';
import { runRequired } from '../../machine/run-required.ts';
import { onMachine, withScratch } from '../../machine/scratch.ts';

/** Partition tables are small; more than this comes from a mistake. */
const MOST_BYTES = 4 * 1024 * 1024;

/** @throws {HostError} */
export function readDevice(host: Host, device: string, offset: number, lengthBytes: number): Uint8Array {
  if (lengthBytes > MOST_BYTES) throw new Error(`reading ${lengthBytes} bytes of ${device} at once`);
  return withScratch(host, 'read', (path) => {
    runRequired(host, [
      'dd',
      `if=${device}`,
      `of=${onMachine(host, path)}`,
      'bs=64K',
      'iflag=skip_bytes,count_bytes,direct',
      `skip=${offset}`,
      `count=${lengthBytes}`,
      'status=none',
    ]);
    return host.readBytes(path) ?? new Uint8Array();
  });
}

/** Returns when the bytes are on the disk, not in its cache. @throws {HostError} */
export function writeDevice(host: Host, device: string, offset: number, bytes: Uint8Array): void {
  runRequired(
    host,
    [
      'dd',
      `of=${device}`,
      'bs=64K',
      'iflag=fullblock',
      'oflag=seek_bytes,direct',
      `seek=${offset}`,
      'conv=notrunc,fsync',
      'status=none',
    ],
    { input: bytes },
  );
}
