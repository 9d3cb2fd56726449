/** Basalt and mkosi side by side: the same packages, on the same machine, in alternating order. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lock } from '../src/packages/lock.ts';
import { basaltBuild } from './basalt.ts';
import { type BenchCase, noSamples, type Sample } from './cases.ts';
import { diskFacts } from './disk-facts.ts';
import { machineFacts } from './facts.ts';
import type { BenchOptions } from './main.ts';
import { Mkosi } from './mkosi.ts';
import type { MkosiFilesystem } from './mkosi-config.ts';
import { benchSources, openMkosiTree } from './mkosi-tree.ts';
import { type Comparison, renderComparison } from './report.ts';
import { storeOfDownloads } from './stores.ts';
import { seconds } from './table.ts';
import type { Timed } from './timed.ts';

/** Measures, prints, and saves when asked to. */
export async function compareWithMkosi(options: BenchOptions, filesystem: MkosiFilesystem): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('the comparison runs mkosi as root: run it as root, or in a container');
  const machine = machineFacts();
  const home = process.cwd();
  const folder = join(options.store, 'bench');
  await mkdir(folder, { recursive: true });
  const basalt = new BasaltSide(home, options.store, folder);
  await basalt.prepare();
  const { root, version } = await openMkosiTree(folder, say);
  const mkosi = new Mkosi(root, join(folder, 'mkosi'));
  await mkosi.configure({
    packages: (await basalt.lock()).root.map(({ name }) => name),
    sources: await benchSources(),
    filesystem,
  });
  say('preparing mkosi: its package cache and its incremental cache');
  await mkosi.prepare();

  const samples = { basalt: noSamples(), mkosi: noSamples() };
  for (let round = 0; round < options.runs; round++) {
    const sides = [
      async () => {
        for (const [name, run] of basalt.cases(round)) keep('basalt', name, await run());
      },
      async () => {
        keep('mkosi', 'scratch', await mkosi.fromScratch());
        await mkosi.changeFile(`round ${round}`);
        keep('mkosi', 'changed', await mkosi.incremental());
        keep('mkosi', 'unchanged', await mkosi.incremental());
      },
    ];
    for (const side of round % 2 === 0 ? sides : sides.reverse()) await side();
  }
  function keep(side: 'basalt' | 'mkosi', name: BenchCase, sample: Timed & Sample): void {
    const { stdout: _, ...rest } = sample;
    samples[side][name].push(rest);
    say(`${side.padEnd(6)} ${name.padEnd(9)} ${seconds(sample.wallMs)}`);
  }

  const manifest = basalt.manifest();
  const artifact = (role: string) => manifest.artifacts.find((each) => each.role === role)?.sizeBytes ?? 0;
  const comparison: Comparison = {
    machine,
    runs: options.runs,
    mkosi: { version, filesystem },
    packages: (await basalt.lock()).root.length,
    samples,
    sizes: {
      basalt: {
        ...(await diskFacts(basalt.disk())),
        rootImageBytes: artifact('root'),
        ukiBytes: artifact('uki'),
      },
      mkosi: await mkosiSizes(mkosi),
    },
    contributors: manifest.packageSizes.slice(0, 10),
  };
  process.stdout.write(renderComparison(comparison));
  if (options.save !== undefined) await writeFile(options.save, `${JSON.stringify(comparison, null, 2)}\n`);
  await basalt.cleanUp();
}

async function mkosiSizes(mkosi: Mkosi) {
  const facts = await diskFacts(mkosi.image);
  return { ...facts, rootImageBytes: facts.rootPartitionBytes, ukiBytes: (await stat(mkosi.uki)).size };
}

/** Basalt's part: the qemu image with one more overlay, in a store of its own. */
class BasaltSide {
  private readonly recipe: string;
  private readonly note: string;
  private readonly runStore: string;
  private last: Awaited<ReturnType<typeof basaltBuild>> | undefined;

  constructor(
    private readonly home: string,
    private readonly store: string,
    private readonly folder: string,
  ) {
    this.recipe = join(folder, 'recipe/bench.yaml');
    this.note = join(folder, 'recipe/overlay/etc/bench-note');
    this.runStore = join(folder, 'run-store');
  }

  /** Writes the recipe and downloads what it needs. */
  async prepare(): Promise<void> {
    say('preparing Basalt: its packages and its tools tree');
    await mkdir(join(this.note, '..'), { recursive: true });
    await writeFile(
      this.recipe,
      'description: The qemu image and one file\nextends: qemu\noverlays: [overlay]\nformats: [raw]\n',
    );
    await writeFile(this.note, 'first\n');
    await this.build(this.store, []);
  }

  /** What mkosi is given the names of. */
  async lock(): Promise<Lock> {
    return JSON.parse(await readFile(join(this.folder, 'output/packages.lock.json'), 'utf8')) as Lock;
  }

  manifest() {
    if (this.last === undefined) throw new Error('nothing was built');
    return this.last.manifest;
  }

  disk(): string {
    const file = this.manifest().artifacts.find(
      ({ role, format }) => role === 'disk' && format === 'raw',
    )?.file;
    return join(this.folder, 'output', file ?? '');
  }

  /** The cases in their order: each starts from what the one before left. */
  cases(round: number): readonly [BenchCase, () => Promise<Timed & Sample>][] {
    const measured = () => this.build(this.runStore, ['--offline']);
    return [
      [
        'scratch',
        async () => {
          await storeOfDownloads(this.store, this.runStore, join(this.folder, 'output/packages.lock.json'));
          await rm(join(this.folder, 'output'), { recursive: true });
          return measured();
        },
      ],
      [
        'changed',
        async () => {
          await writeFile(this.note, `round ${round}\n`);
          return measured();
        },
      ],
      ['unchanged', measured],
    ];
  }

  async cleanUp(): Promise<void> {
    await rm(this.runStore, { recursive: true, force: true });
  }

  private async build(store: string, extra: readonly string[]) {
    const { home, recipe, folder } = this;
    this.last = await basaltBuild({ home, recipe, store, output: join(folder, 'output'), extra });
    return this.last;
  }
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
