/** Waiting until the disks of a machine that has just started are known. */
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Programs } from '../programs.ts';

/** udev gives up on a single device after 180 s (udev.conf(5), `event_timeout`): RAID controllers take most of that. */
const LIMIT_SECONDS = 200;
/** A person is told why nothing is seen after this. */
const TOLD_AFTER_MS = 3000;
/** Exists while udev runs. */
const UDEV = '/run/udev/control';

export interface SettleOptions {
  readonly programs: Programs;
  readonly signal: AbortSignal;
  /** Tells a person. */
  readonly onNote: (text: string) => void;
  /** For tests. */
  readonly udev?: string;
  readonly toldAfterMs?: number;
}

/**
 * Waits until udev has loaded the drivers of all devices that are there, which look for their disks before they are loaded
 * (modprobe waits for what a driver does beside itself). Before that, "the smallest disk" may be the one that was found first.
 * Without udev there is nothing to wait for. A device that never gets ready is told of, and does not keep from the others.
 */
export async function waitForDisks({
  programs,
  signal,
  onNote,
  udev = UDEV,
  toldAfterMs = TOLD_AFTER_MS,
}: SettleOptions): Promise<void> {
  const runs = await access(udev).then(
    () => true,
    () => false,
  );
  if (!runs) return;
  const isReady = new AbortController();
  sleep(toldAfterMs, undefined, { signal: isReady.signal }).then(
    () => onNote('waiting for the disks of this machine'),
    () => undefined,
  );
  try {
    const { exitCode } = await programs(['udevadm', 'settle', `--timeout=${LIMIT_SECONDS}`], {
      signal,
      accept: [0, 1],
    });
    if (exitCode !== 0)
      onNote(
        `warning: some device is not ready after ${LIMIT_SECONDS} s, and disks may be missing; look at dmesg`,
      );
  } finally {
    isReady.abort();
  }
}
