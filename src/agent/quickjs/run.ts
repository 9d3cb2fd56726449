/**
 * Running programs. What they read and write goes through unlinked files in /run, not pipes: nothing can block,
 * however much either side has to say.
 */
import * as os from 'os';
import * as std from 'std';
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import type { HostRunOptions, HostRunResult } from '../host.ts';
import { succeeded } from './system-call.ts';

/** What timeout(1) ends with when the time was over. */
const TIMED_OUT = 124;
/** 128 and SIGKILL: what timeout(1) ends with when the program did not end by SIGTERM. */
const KILLED = 137;
/** After SIGTERM. */
const KILL_AFTER_SECONDS = 5;

/**
 * Runs a program and waits for it. Never throws for an exit code.
 * @param options Their `descriptor` is its stdin, and stays open.
 * @throws {HostError} when /run cannot be written.
 */
export function runProgram(
  command: readonly [string, ...string[]],
  { input, timeoutMs, descriptor }: HostRunOptions & { readonly descriptor?: number },
): HostRunResult {
  const stdin =
    descriptor ??
    (input === undefined ? succeeded('open /dev/null', os.open('/dev/null', os.O_RDONLY)) : scratch());
  const stdout = scratch();
  const stderr = scratch();
  if (input !== undefined) fill(stdin, typeof input === 'string' ? encodeUtf8(input) : input);
  const result = os.exec(timeoutMs === undefined ? command : withTimeout(command, timeoutMs), {
    block: true,
    usePath: true,
    stdin,
    stdout,
    stderr,
  });
  if (stdin !== descriptor) os.close(stdin);
  const code = result < 0 ? 128 - result : result;
  return {
    exitCode: timeoutMs !== undefined && code === KILLED ? TIMED_OUT : code,
    stdout: textOf(stdout),
    stderr: textOf(stderr),
  };
}

function withTimeout(command: readonly string[], timeoutMs: number): string[] {
  const seconds = String(Math.max(timeoutMs, 1) / 1000);
  return ['timeout', `--kill-after=${KILL_AFTER_SECONDS}`, seconds, ...command];
}

/** A file without a name, for root alone. */
function scratch(): number {
  const path = `/run/.basalt-agent-${os.getpid()}-${os.now()}`;
  const descriptor = succeeded(`write ${path}`, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600));
  os.remove(path);
  return descriptor;
}

function fill(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.byteLength) {
    written += succeeded(
      'write in /run',
      os.write(
        descriptor,
        bytes.buffer as ArrayBuffer,
        bytes.byteOffset + written,
        bytes.byteLength - written,
      ),
    );
  }
  os.seek(descriptor, 0, 0);
}

function textOf(descriptor: number): string {
  os.seek(descriptor, 0, 0);
  const file = std.fdopen(descriptor, 'r');
  const text = file.readAsString();
  file.close();
  return text;
}
