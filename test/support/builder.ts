/** Runs the real command line against stores of the tests' own, and looks at what it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFile,
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Manifest } from '../../src/build/manifest.ts';
import type { Lock } from '../../src/packages/lock.ts';
import { parseLock } from '../../src/packages/lock.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { ReportEvent } from '../../src/report/events.ts';
import { digestFile } from '../../src/store/digest.ts';
import { defaultStoreDirectory, Store } from '../../src/store/store.ts';

export const projectHome = resolve(import.meta.dirname, '../..');
/** The smallest image that goes through every stage. */
export const tinyRecipe = join(projectHome, 'test/fixtures/recipes/tiny.yaml');

/** What takes so long has hung, on the slowest of machines. */
const TIMEOUT_MS = 5 * 60_000;

export type Failure = Extract<ReportEvent, { type: 'failure' }>;

export interface BasaltOptions {
  /** Folder of the store. */
  readonly store: string;
  /** A command that runs the one given to it, such as `unshare --net`. */
  readonly wrapper?: readonly string[];
  readonly cwd?: string;
  readonly onEvent?: (event: ReportEvent, running: Running) => void;
}

export interface Running {
  /** The process group, as a terminal has it: `kill(-pid)` is Ctrl-C. */
  readonly pid: number;
  readonly done: Promise<Outcome>;
}

export interface Outcome {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly events: readonly ReportEvent[];
  readonly stderr: string;
  readonly endedAt: number;
}

/** Starts `./basalt … --json` in a process group of its own. */
export function startBasalt(args: readonly string[], options: BasaltOptions): Running {
  const [program = '', ...rest] = [
    ...(options.wrapper ?? []),
    join(projectHome, 'basalt'),
    ...args,
    '--json',
    '--store',
    options.store,
  ];
  const child: ChildProcess = spawn(program, rest, {
    cwd: options.cwd ?? projectHome,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const events: ReportEvent[] = [];
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const done = new Promise<Outcome>((resolveDone, reject) => {
    child.once('error', reject);
    let endedAt = 0;
    const tooLong = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      const last = JSON.stringify(events.slice(-5), null, 2);
      reject(new Error(`basalt ${args.join(' ')} did not end in time; its last events: ${last}\n${stderr}`));
    }, TIMEOUT_MS);
    // The pipes may outlive the process when it left children: the moment of its own end counts.
    child.once('exit', () => {
      endedAt = performance.now();
    });
    child.once('close', (code) => {
      clearTimeout(tooLong);
      resolveDone({ exitCode: code ?? undefined, events, stderr, endedAt });
    });
  });
  const running: Running = { pid: child.pid ?? 0, done };
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{"time"')) return;
      const event = JSON.parse(line) as ReportEvent;
      events.push(event);
      options.onEvent?.(event, running);
    });
  }
  return running;
}

/** Runs `./basalt … --json` to its end, whatever that is. */
export function basalt(args: readonly string[], options: BasaltOptions): Promise<Outcome> {
  return startBasalt(args, options).done;
}

/** Runs `./basalt … --json` and insists that it succeeds. */
export async function basaltOk(args: readonly string[], options: BasaltOptions): Promise<Outcome> {
  const outcome = await basalt(args, options);
  if (outcome.exitCode !== 0) {
    throw new Error(
      `basalt ${args.join(' ')} ended with ${outcome.exitCode}\n${JSON.stringify(failureOf(outcome), null, 2)}\n${outcome.stderr}`,
    );
  }
  return outcome;
}

/** What a run failed with, if it did. */
export function failureOf(outcome: Outcome): Failure | undefined {
  return outcome.events.find((event): event is Failure => event.type === 'failure');
}

/** The stages that a run made, sorted. */
export function builtStages(outcome: Outcome): string[] {
  return outcome.events
    .flatMap((event) => (event.type === 'stage-end' && event.outcome === 'built' ? [event.stage] : []))
    .sort();
}

/** The texts of a run's messages. */
export function messages(outcome: Outcome, level: 'info' | 'warning'): string[] {
  return outcome.events.flatMap((event) =>
    event.type === 'message' && event.level === level ? [event.text] : [],
  );
}

/** Digests of the files that must be the same in every build of the same lock, by file name. */
export async function imageDigests(folder: string): Promise<Record<string, string>> {
  const { artifacts } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const files = artifacts.filter(({ role }) => ['root', 'verity', 'uki', 'disk'].includes(role));
  // Of the files themselves: a manifest could be right about another file.
  return Object.fromEntries(
    await Promise.all(files.map(async ({ file }) => [file, await digestFile(join(folder, file))] as const)),
  );
}

/** A finished build that other tests start from and compare with. */
export interface Reference {
  /** The store that has all of it. */
  readonly store: string;
  readonly lockFile: string;
  readonly lock: Lock;
  readonly plan: Plan;
  readonly digests: Readonly<Record<string, string>>;
  /** Arguments that build the same again. */
  readonly args: readonly string[];
}

/**
 * The tiny image, built once a test run in a store of its own: what an older Basalt left in the machine's store could
 * be other bytes. Packages, package lists and the tools tree come from there.
 */
export async function referenceBuild(): Promise<Reference> {
  const folder = process.env.BASALT_TEST_REFERENCE;
  if (folder === undefined)
    throw new Error('the global set-up of the tests names no folder for the reference');
  const store = join(folder, 'store');
  const lockFile = join(folder, 'tiny.lock.json');
  const output = join(folder, 'out');
  const args = ['build', tinyRecipe, '--version', VERSION, '--locked', lockFile];
  if ((await stat(join(output, 'SHA256SUMS')).catch(() => undefined)) === undefined) {
    await rm(store, { recursive: true, force: true });
    await fillReferenceStore(store, lockFile, join(folder, 'first'));
    await basaltOk([...args, '--output', output], { store });
  }
  return {
    store,
    lockFile,
    lock: parseLock(await readFile(lockFile, 'utf8'), lockFile),
    plan: await planOf(args, store),
    digests: await imageDigests(output),
    args,
  };
}

const VERSION = '1.0';

async function fillReferenceStore(store: string, lockFile: string, first: string): Promise<void> {
  const machine = defaultStoreDirectory();
  await basaltOk(['build', tinyRecipe, '--version', VERSION, '--output', first], { store: machine });
  await copyFile(join(first, 'packages.lock.json'), lockFile);
  await rm(first, { recursive: true });
  const lock = parseLock(await readFile(lockFile, 'utf8'), lockFile);
  const plan = { image: '', version: '', epoch: 0, stages: [] };
  await cloneStore({ store: machine, lock, plan }, store, { packages: true, stages: [] });
  await cp(join(machine, 'lists'), join(store, 'lists'), { recursive: true, preserveTimestamps: true });
}

/** The plan that `--dry-run` prints. */
async function planOf(args: readonly string[], store: string): Promise<Plan> {
  const child = spawn(join(projectHome, 'basalt'), [...args, '--dry-run', '--store', store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text) as Plan;
}

/** What a cloned store has from the start. */
export interface CloneOptions {
  /** The packages' files. */
  readonly packages: boolean;
  /** The package lists; without them only a lock can be built. */
  readonly lists?: boolean;
  /** Ids of the stages whose outputs are there; `all` of them. */
  readonly stages: 'all' | readonly string[];
}

/**
 * Fills a store with parts of the reference's: hard links where the file system can, and the same tools tree.
 * Nothing that is changed in place is shared.
 */
export async function cloneStore(
  reference: Pick<Reference, 'store' | 'lock' | 'plan'>,
  directory: string,
  options: CloneOptions,
): Promise<Store> {
  const from = new Store(reference.store);
  const to = new Store(directory);
  await mkdir(directory, { recursive: true });
  await symlink(await realpath(join(reference.store, 'tools')), join(directory, 'tools'));
  if (options.lists) {
    await cp(join(reference.store, 'lists'), join(directory, 'lists'), {
      recursive: true,
      preserveTimestamps: true,
    });
  }
  const objects = new Set<string>();
  if (options.packages) for (const sha256 of packageDigests(reference.lock)) objects.add(sha256);
  for (const stage of reference.plan.stages) {
    if (options.stages !== 'all' && !options.stages.includes(stage.id)) continue;
    const record = await from.readRecord(stage.digest);
    if (record === undefined) throw new Error(`the reference has no ${stage.id}`);
    for (const { sha256 } of Object.values(record.objects)) objects.add(sha256);
    await to.writeRecord(stage.digest, record);
  }
  for (const sha256 of objects) {
    const target = to.objectPath(sha256);
    await mkdir(dirname(target), { recursive: true });
    await link(from.objectPath(sha256), target).catch(() => copyFile(from.objectPath(sha256), target));
  }
  return to;
}

/** Digests of all packages of a lock. */
export function packageDigests(lock: Lock): Set<string> {
  return new Set([...lock.root, ...lock.initrd, ...lock.kernel].map(({ sha256 }) => sha256));
}

/** The objects of a store whose content is not what their name says. */
export async function wrongObjects(directory: string): Promise<string[]> {
  const root = join(directory, 'objects');
  const wrong: string[] = [];
  for (const folder of await readdir(root).catch(() => [])) {
    for (const name of await readdir(join(root, folder))) {
      if ((await digestFile(join(root, folder, name))) !== name) wrong.push(join(folder, name));
    }
  }
  return wrong;
}

/** Files and folders in a folder that only a write in progress may have. Symbolic links are not followed. */
export async function temporaryFiles(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    if (entry.name.endsWith('.tmp') || basename(directory) === 'tmp') found.push(path);
    else if (entry.isDirectory()) found.push(...(await temporaryFiles(path)));
  }
  return found.sort();
}

/**
 * Processes, mounts and loop devices that have to do with a folder. Sandboxed programs name no path of the machine
 * on their command line, but their mount table has what was bound into them.
 */
async function leftovers(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const text = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const [command, mounts, cwd] = [
      await text('cmdline'),
      await text('mountinfo'),
      await readlink(`/proc/${pid}/cwd`).catch(() => ''),
    ];
    // A zombie has ended: it is only waited for.
    if (/^State:\s+Z/m.test(await text('status'))) continue;
    if (command.includes(folder) || mounts.includes(folder) || cwd.startsWith(folder)) {
      found.push(`process ${pid}: ${command.replaceAll('\0', ' ').slice(0, 300)}`);
    }
  }
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  found.push(...mounts.split('\n').filter((line) => line.includes(folder)));
  for (const name of await readdir('/sys/block').catch(() => [])) {
    const file = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '');
    if (file.includes(folder)) found.push(`loop device ${name}: ${file.trim()}`);
  }
  return found;
}

/** Waits until nothing of a folder is left in the machine's process, mount and loop tables. */
export async function untilNothingLeft(folder: string, timeoutMs = 10_000): Promise<string[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await leftovers(folder);
    if (found.length === 0 || performance.now() > deadline) return found;
    await pause(50);
  }
}

/** A fresh folder and its removal. */
export async function workFolder(name: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `basalt-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
