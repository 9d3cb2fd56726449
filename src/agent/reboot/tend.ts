/** `basalt-agent reboot tend`, by basalt-lock.timer while this machine has a place in a lock: keeps it, or gives it back. */
import type { Host } from '../host.ts';
import { bootId } from '../machine/identity.ts';
import type { UpdateSettings } from '../update/settings.ts';
import { rebootLock } from './lock.ts';
import { LockError } from './lock-error.ts';
import { heldLock, pendingReboot } from './pending.ts';
import { afterGood } from './reboot.ts';

/** What was done, and whether it is what should be. */
export interface Tended {
  readonly ok: boolean;
  readonly text: string;
}

/**
 * After a restart, the place is given back once the machine is good: boot-complete.target is reached, which asks
 * basalt-health.service. A machine that is not good keeps its place, and the others stay up.
 * @throws {HostError}
 */
export function tendLock(host: Host, settings: UpdateSettings): Tended {
  const held = heldLock(host);
  if (held === undefined) return { ok: true, text: 'this machine has no place in a lock' };
  const there = { ...settings, ...held.place };
  if (held.byHand)
    return renewed(host, there, 'a person took the place: basalt-agent reboot unlock gives it back');
  if (held.bootId === bootId(host) && pendingReboot(host) !== undefined)
    return renewed(host, there, 'the machine is about to restart');
  if (held.bootId !== bootId(host)) {
    const complete = host.run(['systemctl', 'start', 'boot-complete.target']);
    if (complete.exitCode !== 0) {
      const { text } = renewed(host, there, 'the place is kept');
      return { ok: false, text: `this machine is not good, see basalt-agent health status; ${text}` };
    }
  }
  // It may have taken long, and the machine may be about to restart again by now.
  if (pendingReboot(host)?.waitsFor === 'restart')
    return renewed(host, there, 'the machine is about to restart');
  const problem = afterGood(host, settings);
  return problem === undefined
    ? { ok: true, text: 'the place in the lock is given back' }
    : { ok: false, text: `the place in the lock is not given back yet: ${problem}` };
}

function renewed(host: Host, settings: UpdateSettings, text: string): Tended {
  try {
    rebootLock(host, settings)?.renew();
    return { ok: true, text };
  } catch (error) {
    if (error instanceof LockError) return { ok: false, text: `${text}; ${error.message}` };
    throw error;
  }
}
