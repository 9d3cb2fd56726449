/** The update client under the real QuickJS, with the curl of the tools tree and the openssl of the built image. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Patience } from '../../src/agent/update/fetch/patience.ts';
import type { Bind } from '../../src/exec/sandbox.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { bundleProbe } from './bundle-probe.ts';
import { readInRoot } from './root-image.ts';

/** Arguments: the server, the patience, then the paths of targets: `read:PATH` or `download:PATH`, to {@link GOT}. */
const PROBE = `
import * as std from 'std';
import { QuickJsHost } from './quickjs/quickjs-host.ts';
import { openRepository } from './update/trust/open-repository.ts';

const [server, patience, ...wishes] = scriptArgs.slice(1);
const host = new QuickJsHost('/machine');
const startedMs = host.monotonicMs();
const result = { read: {}, progress: [] };
try {
  const repository = openRepository(host, { server, patience: JSON.parse(patience) });
  result.tookMs = host.monotonicMs() - startedMs;
  result.versions = repository.versions;
  for (const wish of wishes) {
    const [how, path] = wish.split(/:(.*)/);
    if (how === 'read') result.read[path] = repository.read(path, 1e6);
    else repository.download(path, '/var/lib/basalt/update/download/got', (done, total) => result.progress.push([done, total]));
  }
} catch (error) {
  if (error.name !== 'UpdateFailure') throw error;
  result.failed = error.message;
  result.next = error.about.next;
  result.passing = error.about.passing ?? false;
}
std.out.puts(JSON.stringify(result));
`;

const DOWNLOADS = '/var/lib/basalt/update/download';
/** Where downloads go. */
export const GOT = `${DOWNLOADS}/got`;
/** Less than a machine has, so that tests end. */
const PATIENCE: Patience = { attempts: 3, slowSeconds: 2 };

export interface UpdateProbeResult {
  readonly versions?: Readonly<Record<string, number>>;
  readonly read: Readonly<Record<string, string>>;
  readonly progress: readonly (readonly [number, number])[];
  readonly failed?: string;
  readonly next?: string;
  readonly passing?: boolean;
  /** Of the refresh. */
  readonly tookMs?: number;
  /** The journal's lines. */
  readonly logged: string;
  /** In the folder of downloads, by name. */
  readonly downloads: Readonly<Record<string, number>>;
  /** What was left in /run/basalt/scratch. */
  readonly left: readonly string[];
}

/** One machine, whose disk lasts from one call to the next. */
export class UpdateProbe {
  /** Bound beside the probe's own folders: what the machine trusts. */
  readonly binds: Bind[] = [];

  private constructor(
    private readonly toolbox: Toolbox,
    private readonly folder: string,
    readonly machine: string,
    private readonly isMounted: boolean,
  ) {}

  /**
   * @param image Its folder, as a build leaves it.
   * @param root What it is to trust first.
   * @param sizeKib A disk of this size, for root alone; a folder when absent.
   */
  static async make(
    toolbox: Toolbox,
    image: string,
    root: Uint8Array,
    sizeKib?: number,
  ): Promise<UpdateProbe> {
    const folder = await mkdtemp(join(tmpdir(), 'basalt-update-'));
    const machine = join(folder, 'machine');
    await mkdir(machine);
    if (sizeKib !== undefined) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'basalt-test', machine]);
    }
    await bundleProbe(PROBE, folder);
    const rootImage = (await readdir(image)).find((name) => name.endsWith('.root'));
    if (rootImage === undefined) throw new Error(`${image} has no root image`);
    await writeFile(
      join(folder, 'probe/openssl'),
      await readInRoot(join(image, rootImage), '/usr/bin/openssl'),
    );
    await chmod(join(folder, 'probe/openssl'), 0o755);
    const probe = new UpdateProbe(toolbox, folder, machine, sizeKib !== undefined);
    await probe.write('/usr/lib/basalt/update/root.json', root);
    await probe.write('/usr/lib/os-release', 'IMAGE_ID=qemu\n');
    await utimes(join(machine, 'usr/lib/os-release'), 1_700_000_000, 1_700_000_000);
    return probe;
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(join(this.machine, dirname(path)), { recursive: true });
    await writeFile(join(this.machine, path), content);
  }

  async ask(server: string, ...wishes: string[]): Promise<UpdateProbeResult> {
    const { stdout, stderr } = await this.toolbox.run(
      ['qjs', '-m', '/probe/probe.js', server, JSON.stringify(PATIENCE), ...wishes],
      {
        network: true,
        env: { PATH: '/probe:/usr/bin:/bin' },
        binds: [
          { source: join(this.folder, 'probe'), target: '/probe' },
          { source: this.machine, target: '/machine', writable: true },
          ...this.binds,
        ],
      },
    );
    const left = await readdir(join(this.machine, 'run/basalt/scratch')).catch(() => []);
    const names = await readdir(join(this.machine, DOWNLOADS)).catch(() => []);
    const sizes = names.map(async (name) => [name, (await stat(join(this.machine, DOWNLOADS, name))).size]);
    const downloads = Object.fromEntries(await Promise.all(sizes));
    return { ...JSON.parse(stdout), logged: stderr, left, downloads };
  }

  async remove(): Promise<void> {
    if (this.isMounted) execFileSync('umount', ['--lazy', this.machine]);
    await rm(this.folder, { recursive: true, force: true });
  }
}
