/** SHA-256 of files, by sha256sum(1): in QuickJS it would take a second for a megabyte. */
import { type Host, HostError } from '../host.ts';
import { onMachine } from './scratch.ts';

/** More paths than this would not fit on a command line (128 KiB) when each is long. */
const AT_ONCE = 100;

/** By path; files that are not there are left out. @throws {HostError} */
export function sha256OfFiles(host: Host, paths: readonly string[]): Map<string, string> {
  const there = paths.filter((path) => host.kind(path) === 'file');
  const digests = new Map<string, string>();
  for (let from = 0; from < there.length; from += AT_ONCE) {
    const some = there.slice(from, from + AT_ONCE);
    const { exitCode, stdout, stderr } = host.run([
      'sha256sum',
      '--zero',
      '--',
      ...some.map((path) => onMachine(host, path)),
    ]);
    const lines = stdout.split('\0').filter((line) => line !== '');
    if (exitCode !== 0 || lines.length !== some.length) {
      throw new HostError('sha256sum', stderr.trim() || `exit code ${exitCode}`);
    }
    for (const [index, path] of some.entries()) digests.set(path, lines[index]?.slice(0, 64) ?? '');
  }
  return digests;
}

/** Undefined when there is no such file. @throws {HostError} */
export function sha256OfFile(host: Host, path: string): string | undefined {
  return sha256OfFiles(host, [path]).get(path);
}
