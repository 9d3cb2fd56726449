/** The real `serve` as a process, with a build that is made up. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import type { MachineStatus } from '../../../src/provision/status/machine-status.ts';
import { madeUpManifest } from '../made-up-manifest.ts';

const projectHome = resolve(import.meta.dirname, '../../..');
const basalt = join(projectHome, 'basalt');
const READY_TIMEOUT_MS = 120_000;

/** A folder with builds, a machines.yaml and a state. */
export class ProvisionPlace {
  private constructor(readonly folder: string) {}

  static async make(): Promise<ProvisionPlace> {
    const place = new ProvisionPlace(await mkdtemp(join(tmpdir(), 'basalt-provision-')));
    await makeBootBuild(join(place.folder, 'out'), 'live', '1.0.0');
    return place;
  }

  get file(): string {
    return join(this.folder, 'machines.yaml');
  }

  get state(): string {
    return join(this.folder, 'state');
  }

  get images(): string {
    return join(this.folder, 'out');
  }

  write(machinesYaml: string): Promise<void> {
    return writeFile(this.file, machinesYaml);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** An output folder of an image that boots over the network: bytes that look like nothing, and a manifest. */
export async function makeBootBuild(
  outDir: string,
  image: string,
  version: string,
  rootBytes = 300_000,
): Promise<void> {
  const folder = join(outDir, image, version);
  await mkdir(folder, { recursive: true });
  const bytes = (seed: string, count: number) =>
    createHash('shake256', { outputLength: count }).update(`${version} ${seed}`).digest();
  const files = [
    { role: 'kernel', format: 'bzimage', name: 'vmlinuz', bytes: bytes('kernel', 100_000) },
    { role: 'initrd', format: 'cpio', name: 'initrd', bytes: bytes('initrd', 200_000) },
    { role: 'root', format: 'squashfs', name: 'root', bytes: bytes('root', rootBytes) },
    { role: 'lock', format: 'json', name: 'lock', bytes: Buffer.from('{"private":true}') },
  ] as const;
  for (const { name, bytes: content } of files)
    await writeFile(join(folder, `${image}_${version}.${name}`), content);
  const manifest = madeUpManifest(
    {
      image,
      version,
      rootHash: 'ab'.repeat(32),
      kernelCommandLine: `roothash=${'ab'.repeat(32)} console=ttyS0`,
    },
    files.map(({ role, format, name, bytes: content }) => ({
      file: `${image}_${version}.${name}`,
      role,
      format,
      sizeBytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    })),
  );
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

/** A server that runs. */
export class ServeProcess {
  readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();
  readonly exited: Promise<number | null>;

  private constructor(
    readonly child: ChildProcess,
    private readonly place: ProvisionPlace,
  ) {
    this.exited = once(child, 'exit').then(([code]) => {
      for (const wake of this.waiting) wake();
      return code as number | null;
    });
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      this.lines.push(line);
      for (const wake of this.waiting) wake();
    });
  }

  /** @param wrapper A command that runs the one given to it, such as that of a host of a test. */
  static async start(place: ProvisionPlace, wrapper: readonly string[] = []): Promise<ServeProcess> {
    const server = ServeProcess.spawn(place, wrapper);
    await server.line(/status page: /);
    return server;
  }

  /** Without waiting for it. */
  static spawn(place: ProvisionPlace, wrapper: readonly string[] = []): ServeProcess {
    const command = [
      ...wrapper,
      basalt,
      'serve',
      place.file,
      '--state',
      place.state,
      '--images',
      place.images,
      '--verbose',
    ];
    const [program = '', ...args] = command;
    return new ServeProcess(spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] }), place);
  }

  /** Waits for a line of its messages, after the first `from` ones. @throws {Error} when it does not come. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) break;
      await new Promise<void>((done) => {
        const wake = () => {
          clearTimeout(timer);
          this.waiting.delete(wake);
          done();
        };
        const timer = setTimeout(wake, 1000);
        this.waiting.add(wake);
      });
    }
    throw new Error(`no line ${pattern} among:\n${this.lines.join('\n')}`);
  }

  async status(): Promise<readonly MachineStatus[]> {
    const { stdout } = await execa(basalt, ['serve', 'status', '--json', '--state', this.place.state]);
    const line = stdout.split('\n').find((each) => each.includes('"type":"result"')) ?? '{}';
    return (JSON.parse(line) as { result: { machines: readonly MachineStatus[] } }).result.machines;
  }

  /** `serve reinstall`. */
  async reinstall(machine: string): Promise<void> {
    await execa(basalt, ['serve', 'reinstall', machine, '--state', this.place.state]);
  }

  /** Waits until a machine is so. */
  async until(
    what: string,
    is: (machines: readonly MachineStatus[]) => boolean,
    timeoutMs = 20_000,
  ): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (is(await this.status())) return;
      // Each question is a process, and who waits for long has a machine that needs the processor.
      await pause(timeoutMs / 100);
    }
    throw new Error(`${what}: ${JSON.stringify(await this.status())}\n${this.lines.join('\n')}`);
  }

  /** As Ctrl-C does. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.exited;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
