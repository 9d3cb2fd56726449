/**
 * Locks between builds. The kernel holds them (flock(2), by util-linux's flock), so a killed build never
 * leaves one behind: its helper ends when its stdin closes.
 */
import { spawn } from 'node:child_process';
import { InterruptedError, UserError } from '../errors.ts';

/** Ends a lock. */
export type Unlock = () => Promise<void>;

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once when another build holds the lock. */
  readonly onWait?: () => void;
}

/** Waits for the exclusive lock on `path` (a file that is created when needed) and takes it. */
export async function lockFile(path: string, options: LockOptions): Promise<Unlock> {
  const atOnce = await tryLock(path, ['--nonblock', '--conflict-exit-code', '75'], options.signal);
  if (atOnce !== 'busy') return atOnce;
  options.onWait?.();
  const waited = await tryLock(path, [], options.signal);
  if (waited === 'busy') throw new UserError('lock-busy', `cannot lock ${path}`);
  return waited;
}

function tryLock(path: string, flags: readonly string[], signal: AbortSignal): Promise<Unlock | 'busy'> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new InterruptedError());
    // The helper holds the lock for as long as `cat` waits for its stdin: until we close it, or die.
    // While it waits for the lock it reads no stdin: setpriv ends it with us.
    const command = ['flock', ...flags, '--no-fork', path, 'sh', '-c', 'echo held; exec cat'];
    const holder = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C in the terminal must not drop the lock before we have cleaned up.
      detached: true,
    });
    let said = '';
    holder.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const exited = new Promise<number | null>((done) => holder.once('exit', done));
    const abort = () => holder.kill('SIGKILL');
    signal.addEventListener('abort', abort, { once: true });
    holder.once('error', reject);
    holder.stdout.once('data', () => {
      signal.removeEventListener('abort', abort);
      resolve(async () => {
        holder.stdin.end();
        await exited;
      });
    });
    void exited.then((code) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(new InterruptedError());
      else if (code === 75) resolve('busy');
      else
        reject(
          new UserError('lock-failed', `cannot lock ${path}`, {
            seen: `flock ended with exit code ${code}: ${said.trim()}`,
          }),
        );
    });
  });
}
