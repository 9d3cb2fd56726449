/** Whether an update goes on now. */
import type { Host } from '../host.ts';
import { loadUpdateState } from './state.ts';

/** The program's wrapper holds it while it updates. */
const LOCK = '/run/basalt/update.lock';

/** Whether some process updates this machine, or does other work on its slots. */
export function isAtWork(host: Host): boolean {
  // flock(1): 1 when somebody else has it.
  return host.run(['flock', '--nonblock', LOCK, 'true']).exitCode === 1;
}

/** Whether the passive slot is being written: a restart now would be for nothing. @throws {CommandError} */
export function isWriting(host: Host): boolean {
  return loadUpdateState(host).work?.step === 'write' && isAtWork(host);
}
