/** Whether systemd must read its units again: that takes seconds on a slow machine, since generators run as well. */
import type { Host } from '../host.ts';
import { unitExists } from '../machine/units.ts';
import type { Plan } from '../plan/changes.ts';

/** A unit, or a drop-in of one. */
const UNIT = /^\/(?:etc|run)\/systemd\/system\/([^/]+?)(?:\.d\/[^/]+)?$/;
/** What generators read. */
const GENERATED = /^\/(?:etc|run)\/containers\/systemd\/|^\/etc\/fstab$/;

/**
 * Asked before anything is changed. systemd finds a unit that is wholly new by itself when it is told to start it; what
 * it may know already, what is enabled, and what generators make units of, it must read again.
 */
export function needsReload(host: Host, { paths, enable, unlink }: Plan): boolean {
  if (enable.length > 0 || unlink.length > 0) return true;
  return paths.some(({ kind, path }) => {
    if (GENERATED.test(path)) return true;
    const unit = UNIT.exec(path)?.[1];
    if (unit === undefined) return false;
    return kind !== 'write' || unitExists(host, unit);
  });
}
