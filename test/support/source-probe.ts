/** Runs a source of the agent under the real QuickJS, with the real curl and gzip of the tools tree, on a made-up machine. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Found } from '../../src/agent/sources/source.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { bundleProbe } from './bundle-probe.ts';

/** Arguments: the limit in milliseconds, and addresses of the clouds' metadata services in place of the usual. */
const PROBE = `
import * as std from 'std';
import { QuickJsHost } from './quickjs/quickjs-host.ts';
import { azureAt } from './sources/azure.ts';
import { ec2At } from './sources/ec2.ts';
import { findConfiguration, sources } from './sources/find.ts';
import { gceAt } from './sources/gce.ts';

const [limit, ...addresses] = scriptArgs.slice(1);
const host = new QuickJsHost('/machine');
const elsewhere =
  addresses.length === 0 ? [] : [ec2At(addresses), gceAt(addresses[0]), azureAt(addresses[0])];
const chosen = sources.map((source) => elsewhere.find(({ name }) => name === source.name) ?? source);
const startedMs = host.monotonicMs();
const { found, failed } = findConfiguration(host, { sources: chosen, limitMs: Number(limit) });
const tookMs = host.monotonicMs() - startedMs;
std.out.puts(JSON.stringify({ found, failed: failed.map(({ message }) => message), tookMs }));
`;

export interface ProbeResult {
  readonly found: Found | undefined;
  readonly failed: readonly string[];
  readonly tookMs: number;
  /** The journal's lines. */
  readonly logged: string;
  /** What was left in /run/basalt/scratch. */
  readonly left: readonly string[];
}

export interface ProbeOptions {
  /** Files of the machine by their path. */
  readonly files: Readonly<Record<string, string>>;
  readonly limitMs?: number;
  readonly metadataAddresses?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class SourceProbe {
  private constructor(
    private readonly toolbox: Toolbox,
    private readonly folder: string,
  ) {}

  static async make(toolbox: Toolbox): Promise<SourceProbe> {
    const folder = await mkdtemp(join(tmpdir(), 'basalt-sources-'));
    await bundleProbe(PROBE, folder);
    return new SourceProbe(toolbox, folder);
  }

  /** Searches a new machine's sources. */
  async ask({
    files,
    limitMs = 20_000,
    metadataAddresses = [],
    env = {},
  }: ProbeOptions): Promise<ProbeResult> {
    const machine = await mkdtemp(join(this.folder, 'machine-'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(machine, dirname(path)), { recursive: true });
      await writeFile(join(machine, path), text);
    }
    const { stdout, stderr } = await this.toolbox.run(
      ['qjs', '-m', '/probe/probe.js', String(limitMs), ...metadataAddresses],
      {
        network: true,
        env,
        binds: [
          { source: join(this.folder, 'probe'), target: '/probe' },
          { source: machine, target: '/machine', writable: true },
        ],
      },
    );
    const left = await readdir(join(machine, 'run/basalt/scratch')).catch(() => []);
    return { ...(JSON.parse(stdout) as Omit<ProbeResult, 'logged' | 'left'>), logged: stderr, left };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
