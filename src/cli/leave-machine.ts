/** What a live system does with its machine when an installation without questions has ended. */
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../exec/run.ts';
import { isLive } from '../install/live-source.ts';
import type { Leaving } from '../install/unattended/round.ts';

/** Before a machine starts again that could not be installed, or is installed already. */
const RESTART_AFTER_SECONDS = 60;
const ASK_AFTER_SECONDS = { 'ask-again': 60, 'ask-later': 300 } as const;

/**
 * Only in a live system: elsewhere the machine is somebody's.
 * @returns Whether the server is to be asked again now.
 */
export async function leaveMachine(next: Leaving): Promise<boolean> {
  if (next === 'no' || next === 'stay' || !(await isLive())) return false;
  switch (next) {
    case 'ask-again':
    case 'ask-later':
      process.stderr.write(
        `the server is asked again in ${ASK_AFTER_SECONDS[next]} s; ${howToStay()} ends that\n`,
      );
      await pause(ASK_AFTER_SECONDS[next] * 1000);
      return true;
    case 'restart':
      process.stderr.write(
        `this machine starts again in ${RESTART_AFTER_SECONDS} s; ${howToStay()} keeps it as it is\n`,
      );
      await pause(RESTART_AFTER_SECONDS * 1000);
  }
  await run(['systemctl', next === 'poweroff' ? 'poweroff' : 'reboot']);
  return false;
}

/** Ctrl-C reaches it only on a terminal; as the live system's service it has none. */
function howToStay(): string {
  return process.stdin.isTTY
    ? 'Ctrl-C'
    : 'Ctrl-C, and "systemctl stop basalt-install" in the shell that comes then,';
}
