/** The update client under the real QuickJS, with the curl of the tools tree and the openssl of the built image. */
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { readInRoot } from './root-image.ts';

/** Arguments: the server, then the paths of targets: `read:PATH` or `download:PATH`, to /var/tmp/got. */
const PROBE = `
import * as std from 'std';
import { QuickJsHost } from './quickjs/quickjs-host.ts';
import { openRepository } from './update/trust/open-repository.ts';

const [server, ...wishes] = scriptArgs.slice(1);
const host = new QuickJsHost('/machine');
const startedMs = host.monotonicMs();
const result = { read: {}, progress: [] };
try {
  const repository = openRepository(host, { server });
  result.tookMs = host.monotonicMs() - startedMs;
  result.versions = repository.versions;
  for (const wish of wishes) {
    const [how, path] = wish.split(/:(.*)/);
    if (how === 'read') result.read[path] = repository.read(path, 1e6);
    else repository.download(path, '/var/tmp/got', (done, total) => result.progress.push([done, total]));
  }
} catch (error) {
  if (error.name !== 'UpdateFailure') throw error;
  result.failed = error.message;
  result.next = error.about.next;
  result.passing = error.about.passing ?? false;
}
std.out.puts(JSON.stringify(result));
`;

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
  /** What was left in /run/basalt/scratch. */
  readonly left: readonly string[];
}

/** One machine, whose disk lasts from one call to the next. */
export class UpdateProbe {
  private constructor(
    private readonly toolbox: Toolbox,
    private readonly folder: string,
    readonly machine: string,
  ) {}

  /** @param image Its folder, as a build leaves it. @param root What it is to trust first. */
  static async make(toolbox: Toolbox, image: string, root: Uint8Array): Promise<UpdateProbe> {
    const folder = await mkdtemp(join(tmpdir(), 'basalt-update-'));
    const machine = join(folder, 'machine');
    await build({
      stdin: { contents: PROBE, resolveDir: join(import.meta.dirname, '../../src/agent'), loader: 'ts' },
      outfile: join(folder, 'probe/probe.js'),
      bundle: true,
      platform: 'neutral',
      format: 'esm',
      target: 'es2022',
      external: ['std', 'os'],
      logLevel: 'warning',
    });
    const rootImage = (await readdir(image)).find((name) => name.endsWith('.root'));
    if (rootImage === undefined) throw new Error(`${image} has no root image`);
    await writeFile(
      join(folder, 'probe/openssl'),
      await readInRoot(join(image, rootImage), '/usr/bin/openssl'),
    );
    await chmod(join(folder, 'probe/openssl'), 0o755);
    const probe = new UpdateProbe(toolbox, folder, machine);
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
    const { stdout, stderr } = await this.toolbox.run(['qjs', '-m', '/probe/probe.js', server, ...wishes], {
      network: true,
      env: { PATH: '/probe:/usr/bin:/bin' },
      binds: [
        { source: join(this.folder, 'probe'), target: '/probe' },
        { source: this.machine, target: '/machine', writable: true },
      ],
    });
    const left = await readdir(join(this.machine, 'run/basalt/scratch')).catch(() => []);
    return { ...(JSON.parse(stdout) as Omit<UpdateProbeResult, 'logged' | 'left'>), logged: stderr, left };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
