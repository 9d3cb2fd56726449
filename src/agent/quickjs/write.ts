/** Writing a new file: bytes, mode and owner. */
import * as os from 'os';
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import { HostError } from '../host.ts';
import { runProgram } from './run.ts';
import { failure, succeeded } from './system-call.ts';

export interface NewFile {
  /** Must not exist. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
  readonly owner: string;
}

const ROOTS: ReadonlySet<string> = new Set(['root', 'root:root', '0:0', '0']);

/**
 * Writes a file that does not exist yet; when that fails, nothing is left of it.
 * @throws {HostError}
 */
export function writeNew({ path, content, mode, owner }: NewFile): void {
  const isRoots = ROOTS.has(owner);
  // Until it has its owner, nobody else may read it.
  const descriptor = succeeded(
    `write ${path}`,
    os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, isRoots ? mode : 0o600),
  );
  try {
    try {
      writeAll(descriptor, path, typeof content === 'string' ? encodeUtf8(content) : content);
      if (!isRoots) ofOpenFile(['chown', '--', owner], descriptor, path);
      // After the owner: chown(2) takes the set-user-id bits away. The umask may have taken bits as well.
      if (((os.stat(`/proc/self/fd/${descriptor}`)[0]?.mode ?? 0) & 0o7777) !== mode) {
        ofOpenFile(['chmod', '--', mode.toString(8).padStart(4, '0')], descriptor, path);
      }
    } finally {
      os.close(descriptor);
    }
  } catch (error) {
    os.remove(path);
    throw error;
  }
}

/** @throws {HostError} when it fails. */
export function required(command: readonly [string, ...string[]]): void {
  const { exitCode, stderr } = runProgram(command, {});
  if (exitCode !== 0) throw new HostError(command.join(' '), stderr.trim() || `exit code ${exitCode}`);
}

/**
 * Runs a program on the open file itself, as its stdin: by the path, the owner of the folder could put a link to
 * another file there in between. Links of /proc/PID/fd lead to the open file: proc_pid_fd(5).
 */
function ofOpenFile(command: readonly [string, ...string[]], descriptor: number, path: string): void {
  const { exitCode, stderr } = runProgram([...command, '/proc/self/fd/0'], { descriptor });
  if (exitCode === 0) return;
  throw new HostError(`${command.join(' ')} ${path}`, stderr.trim() || `exit code ${exitCode}`);
}

function writeAll(descriptor: number, path: string, bytes: Uint8Array): void {
  const buffer = bytes.buffer as ArrayBuffer;
  let written = 0;
  while (written < bytes.byteLength) {
    const count = os.write(descriptor, buffer, bytes.byteOffset + written, bytes.byteLength - written);
    if (count <= 0) throw failure(`write ${path}`, -count);
    written += count;
  }
}
