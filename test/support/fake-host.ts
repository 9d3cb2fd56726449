/** A machine in memory, for tests of the agent: files, programs that answer as told, a clock that only sleeping moves. */
import { posix } from 'node:path';
import {
  type Host,
  HostError,
  type HostFileKind,
  type HostRunOptions,
  type HostRunResult,
} from '../../src/agent/host.ts';

/** What a program does: gets its arguments and the machine; a partial answer means exit code 0. */
export type FakeProgram = (
  command: readonly [string, ...string[]],
  options: HostRunOptions,
  host: FakeHost,
) => Partial<HostRunResult> | undefined;

type Entry =
  | { kind: 'file'; bytes: Uint8Array; mode: number; owner: string }
  | { kind: 'symlink'; target: string }
  | { kind: 'directory' };

export interface FakeMachine {
  /** Path to content; parents are made. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Path to the id of its owner; what is not named is root's. */
  readonly owners?: Readonly<Record<string, number>>;
  /** By the name of the program; one that is not named is not there (127). */
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nowMs?: number;
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** stat(1), mkdir(1) and true(1), as far as the agent calls them. */
const usualPrograms: Readonly<Record<string, FakeProgram>> = {
  mkdir: (command, _, host) => {
    host.makeFolder(command.at(-1) ?? '');
    return {};
  },
  stat: (command, _, host) => {
    const path = command.at(-1) ?? '';
    const bytes = host.readBytes(path);
    return bytes ? { stdout: `${bytes.length}\n` } : { exitCode: 1, stderr: `stat: cannot statx '${path}'` };
  },
  true: () => ({}),
};

export class FakeHost implements Host {
  readonly root = '/';
  /** Every program that ran, with what it was given on stdin. */
  readonly commands: { command: readonly string[]; input: string }[] = [];
  /** `level: text`. */
  readonly logged: string[] = [];
  readonly sleptMs: number[] = [];
  /** Milliseconds that have passed; programs may add to it. */
  passedMs = 0;
  private readonly entries = new Map<string, Entry>([['/', { kind: 'directory' }]]);

  constructor(private readonly machine: FakeMachine = {}) {
    for (const [path, content] of Object.entries(machine.files ?? {})) this.writeFile(path, content);
  }

  readText(path: string): string | undefined {
    const bytes = this.readBytes(path);
    return bytes && new TextDecoder().decode(bytes);
  }

  readBytes(path: string): Uint8Array | undefined {
    const entry = this.entries.get(this.followed(path));
    if (entry?.kind === 'directory') throw new HostError(`read ${path}`, 'Is a directory');
    return entry?.kind === 'file' ? entry.bytes : undefined;
  }

  readLink(path: string): string | undefined {
    const entry = this.entries.get(this.parentFollowed(path));
    return entry?.kind === 'symlink' ? entry.target : undefined;
  }

  list(path: string): string[] {
    const folder = this.followed(path);
    const prefix = folder === '/' ? '/' : `${folder}/`;
    return [...this.entries.keys()]
      .filter((name) => name !== '/' && name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length))
      .sort();
  }

  kind(path: string): HostFileKind | undefined {
    return this.entries.get(this.parentFollowed(path))?.kind;
  }

  status(path: string): { mode: number; uid: number; gid: number } | undefined {
    const place = this.parentFollowed(path);
    const entry = this.entries.get(place);
    const uid = this.machine.owners?.[place] ?? 0;
    return entry && { mode: entry.kind === 'file' ? entry.mode : 0o755, uid, gid: 0 };
  }

  makeFolder(path: string): void {
    const folder = this.followed(path);
    if (this.entries.get(folder)?.kind === 'file') throw new HostError(`make ${path}`, 'File exists');
    if (folder !== '/') this.makeFolder(posix.dirname(folder));
    if (!this.entries.has(folder)) this.entries.set(folder, { kind: 'directory' });
  }

  writeFile(
    path: string,
    content: string | Uint8Array,
    { mode = 0o644, owner = 'root:root' }: { mode?: number; owner?: string } = {},
  ): void {
    this.makeFolder(posix.dirname(path));
    this.entries.set(this.parentFollowed(path), { kind: 'file', bytes: bytesOf(content), mode, owner });
  }

  rename(from: string, to: string): void {
    const entry = this.entries.get(this.parentFollowed(from));
    if (entry === undefined) throw new HostError(`rename ${from} to ${to}`, 'No such file or directory');
    this.entries.delete(this.parentFollowed(from));
    this.entries.set(this.parentFollowed(to), entry);
  }

  link(target: string, path: string): void {
    this.makeFolder(posix.dirname(path));
    this.entries.set(this.parentFollowed(path), { kind: 'symlink', target });
  }

  remove(path: string): void {
    if (this.list(path).length > 0) throw new HostError(`remove ${path}`, 'Directory not empty');
    this.entries.delete(this.parentFollowed(path));
  }

  run(command: readonly [string, ...string[]], options: HostRunOptions = {}): HostRunResult {
    const { input = '' } = options;
    this.commands.push({
      command,
      input: typeof input === 'string' ? input : new TextDecoder().decode(input),
    });
    const program = this.machine.programs?.[command[0]] ?? usualPrograms[command[0]];
    const result = program?.(command, options, this);
    if (result === undefined) return { exitCode: 127, stdout: '', stderr: `${command[0]}: not found` };
    return { exitCode: 0, stdout: '', stderr: '', ...result };
  }

  environment(name: string): string | undefined {
    return this.machine.environment?.[name];
  }

  sleep(ms: number): void {
    this.sleptMs.push(ms);
    this.passedMs += ms;
  }

  monotonicMs(): number {
    return this.passedMs;
  }

  nowMs(): number {
    return (this.machine.nowMs ?? Date.UTC(2026, 0, 1)) + this.passedMs;
  }

  log(level: 'error' | 'warning' | 'info', text: string): void {
    this.logged.push(`${level}: ${text}`);
  }

  /** Links in the way and at the end are followed, within bounds. */
  private followed(path: string, depth = 0): string {
    const place = this.parentFollowed(path, depth);
    const entry = this.entries.get(place);
    if (entry?.kind !== 'symlink') return place;
    if (depth > 20) throw new HostError(`read ${path}`, 'Too many levels of symbolic links');
    return this.followed(posix.resolve(posix.dirname(place), entry.target), depth + 1);
  }

  private parentFollowed(path: string, depth = 0): string {
    const plain = posix.normalize(path).replace(/(.)\/$/, '$1');
    if (plain === '/') return plain;
    return posix.join(this.followed(posix.dirname(plain), depth), posix.basename(plain));
  }
}
