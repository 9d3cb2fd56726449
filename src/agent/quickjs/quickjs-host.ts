/** The machine that QuickJS runs on. */
import * as os from 'os';
import * as std from 'std';
import { type Host, HostError, type HostFileKind, type HostRunOptions, type HostRunResult } from '../host.ts';
import { readBytes, readText } from './read.ts';
import { runProgram } from './run.ts';
import { EEXIST, EINVAL, failure, isMissing, succeeded } from './system-call.ts';
import { required, writeNew } from './write.ts';

/** sd-daemon(3). */
const PRIORITIES = { error: '<3>', warning: '<4>', info: '<6>' } as const;

export class QuickJsHost implements Host {
  /** @param root Where the machine's paths begin; tests have their own. */
  constructor(readonly root: string) {}

  readText(path: string): string | undefined {
    return readText(this.at(path));
  }

  readBytes(path: string): Uint8Array | undefined {
    return readBytes(this.at(path));
  }

  readLink(path: string): string | undefined {
    const [target, errno] = os.readlink(this.at(path));
    if (errno === 0) return target;
    if (isMissing(errno) || errno === EINVAL) return undefined;
    throw failure(`read the link ${path}`, errno);
  }

  list(path: string): string[] {
    const [names, errno] = os.readdir(this.at(path));
    if (errno !== 0 && !isMissing(errno)) throw failure(`list ${path}`, errno);
    return names.filter((name) => name !== '.' && name !== '..').sort();
  }

  kind(path: string): HostFileKind | undefined {
    const mode = this.stat(path)?.mode;
    if (mode === undefined) return undefined;
    const type = mode & os.S_IFMT;
    if (type === os.S_IFREG) return 'file';
    if (type === os.S_IFDIR) return 'directory';
    return type === os.S_IFLNK ? 'symlink' : 'other';
  }

  status(path: string): { mode: number; uid: number; gid: number } | undefined {
    const status = this.stat(path);
    return status && { mode: status.mode & 0o7777, uid: status.uid, gid: status.gid };
  }

  makeFolder(path: string): void {
    const result = os.mkdir(this.at(path), 0o755);
    if (result === -EEXIST) return;
    if (isMissing(-result) && path !== '/') {
      this.makeFolder(parentOf(path));
      succeeded(`make the folder ${path}`, os.mkdir(this.at(path), 0o755));
      return;
    }
    succeeded(`make the folder ${path}`, result);
  }

  writeFile(
    path: string,
    content: string | Uint8Array,
    {
      mode = 0o644,
      owner = 'root:root',
      flush = true,
    }: { mode?: number; owner?: string; flush?: boolean } = {},
  ): void {
    const place = this.at(path);
    const beside = `${place.replace(/[^/]*$/, '')}.${place.replace(/^.*\//, '')}.basalt-tmp`;
    this.makeFolder(parentOf(path));
    os.remove(beside);
    writeNew({ path: beside, content, mode, owner });
    try {
      if (flush) required(['sync', '--', beside]);
      succeeded(`write ${path}`, os.rename(beside, place));
      // The new name is in the folder: without this it may be gone after a power cut.
      if (flush) required(['sync', '--', place.replace(/[^/]*$/, '')]);
    } catch (error) {
      os.remove(beside);
      throw error;
    }
  }

  rename(from: string, to: string): void {
    succeeded(`rename ${from} to ${to}`, os.rename(this.at(from), this.at(to)));
  }

  link(target: string, path: string): void {
    const beside = `${path}.basalt-tmp`;
    this.makeFolder(parentOf(path));
    this.remove(beside);
    succeeded(`make the link ${path}`, os.symlink(target, this.at(beside)));
    this.rename(beside, path);
  }

  remove(path: string): void {
    const result = os.remove(this.at(path));
    if (result < 0 && !isMissing(-result)) throw failure(`remove ${path}`, -result);
  }

  run(command: readonly [string, ...string[]], options: HostRunOptions = {}): HostRunResult {
    if (std.getenv('BASALT_AGENT_DEBUG') === undefined) return runProgram(command, options);
    const startedMs = os.now();
    const result = runProgram(command, options);
    const took = `${Math.round(startedMs)} ms + ${Math.round(os.now() - startedMs)} ms`;
    this.log('info', `${took}: ${command.join(' ')}: exit code ${result.exitCode}`);
    return result;
  }

  environment(name: string): string | undefined {
    return std.getenv(name);
  }

  sleep(ms: number): void {
    os.sleep(ms);
  }

  monotonicMs(): number {
    return os.now();
  }

  nowMs(): number {
    return Date.now();
  }

  log(level: 'error' | 'warning' | 'info', text: string): void {
    const prefix =
      std.getenv('JOURNAL_STREAM') === undefined
        ? `basalt-agent: ${level === 'info' ? '' : `${level}: `}`
        : PRIORITIES[level];
    for (const line of text.split('\n')) std.err.puts(`${prefix}${line}\n`);
    std.err.flush();
  }

  private at(path: string): string {
    if (!path.startsWith('/')) throw new HostError(`use ${path}`, 'the path is not absolute');
    return this.root === '/' ? path : `${this.root}${path}`;
  }

  private stat(path: string): os.Status | undefined {
    const [status, errno] = os.lstat(this.at(path));
    if (status !== null && errno === 0) return status;
    if (isMissing(errno)) return undefined;
    throw failure(`look at ${path}`, errno);
  }
}

function parentOf(path: string): string {
  return path.replace(/\/+[^/]*$/, '') || '/';
}
