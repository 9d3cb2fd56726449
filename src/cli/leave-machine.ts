/** What a live system does with its machine when an installation without questions has ended. */
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../exec/run.ts';
import { isLive } from '../install/live-source.ts';
import type { Leaving } from '../install/unattended/round.ts';

/** Before a machine starts again that could not be installed, or is installed already. */
const RESTART_AFTER_SECONDS = 60;
const ASK_AFTER_SECONDS = { 'ask-again': 60, 'ask-later': 300 } as const;

/** What is done with a machine, so that tests have none. */
export interface MachineToLeave {
  readonly isLive: () => Promise<boolean>;
  /** Time in which somebody may read, and end it. */
  readonly pause: (seconds: number) => Promise<void>;
  readonly say: (text: string) => void;
  readonly turnOff: (how: 'poweroff' | 'reboot') => Promise<void>;
}

const thisMachine: MachineToLeave = {
  isLive,
  pause: async (seconds) => {
    await pause(seconds * 1000);
  },
  say: (text) => process.stderr.write(`${text}\n`),
  turnOff: async (how) => {
    await run(['systemctl', how]);
  },
};

/** Rounds of an installation without questions: another one as long as a server is to be asked again. */
export async function inRounds(
  round: () => Promise<Leaving>,
  machine: MachineToLeave = thisMachine,
): Promise<void> {
  while (await leave(await round(), machine));
}

/**
 * Only in a live system: elsewhere the machine is somebody's.
 * @returns Whether the server is to be asked again now.
 */
async function leave(next: Leaving, { isLive, pause, say, turnOff }: MachineToLeave): Promise<boolean> {
  if (next === 'no' || next === 'stay' || !(await isLive())) return false;
  switch (next) {
    case 'ask-again':
    case 'ask-later': {
      const seconds = ASK_AFTER_SECONDS[next];
      say(`the server is asked again in ${seconds} s; ${howToStay()} ends that`);
      await pause(seconds);
      return true;
    }
    case 'restart':
      say(`this machine starts again in ${RESTART_AFTER_SECONDS} s; ${howToStay()} keeps it as it is`);
      await pause(RESTART_AFTER_SECONDS);
  }
  await turnOff(next === 'poweroff' ? 'poweroff' : 'reboot');
  return false;
}

/** Ctrl-C reaches it only on a terminal; as the live system's service it has none. */
function howToStay(): string {
  return process.stdin.isTTY
    ? 'Ctrl-C'
    : 'Ctrl-C, and "systemctl stop basalt-install" in the shell that comes then,';
}
