/** What an update costs: sizes, and the time to make, fetch and apply it: whole, for one package, for a kernel. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestSchema } from '../src/build/manifest.ts';
import { addRelease } from '../src/release/add.ts';
import { makeDeltas } from '../src/release/delta.ts';
import { promote } from '../src/release/promote.ts';
import { formatSize, MIB } from '../src/units.ts';
import { accelerator } from '../test/support/accelerator.ts';
import type { TestImage } from '../test/support/image.ts';
import { TestRepository } from '../test/support/test-repository.ts';
import { testToolbox } from '../test/support/toolbox.ts';
import { UpdatingMachine } from '../test/support/updating-machine.ts';
import { machineFacts } from './facts.ts';
import type { BenchOptions } from './main.ts';
import { renderTable, seconds } from './table.ts';
import { buildPairs, type Pairs, type Version } from './update-pairs.ts';

const FULL_TARGET_BYTES = 200 * MIB;
const TARGETS = { package: 0.05, kernel: 0.25 } as const;

interface Update {
  readonly kind: 'whole' | 'one package' | 'kernel';
  readonly change: string;
  readonly payloadBytes: number;
  /** On this machine. */
  readonly makeMs: number;
  /** On the updated machine: until all is verified, and from there until the boot loader has it. */
  readonly fetchMs: number;
  readonly writeMs: number;
  readonly cpuMs: number;
  /** Of the update's unit, page cache included. */
  readonly peakBytes: number;
  /** Without the page cache. */
  readonly anonymousBytes: number;
}

/** Measures, prints, and saves when asked to. */
export async function measureUpdates(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-bench-'));
  try {
    say('building three versions');
    const pairs = await buildPairs({ home: process.cwd(), store: options.store, folder });
    const bench = await Bench.prepare(folder, pairs);
    try {
      const updates = [await bench.whole(), await bench.delta('one package'), await bench.delta('kernel')];
      if (options.save !== undefined)
        await writeFile(options.save, `${JSON.stringify({ machine: machineFacts(), updates }, null, 2)}\n`);
      process.stdout.write(render(updates));
    } finally {
      await bench.repository.remove();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Bench {
  private constructor(
    private readonly folder: string,
    private readonly pairs: Pairs,
    readonly repository: TestRepository,
    private readonly wholeMs: number,
  ) {}

  static async prepare(folder: string, pairs: Pairs): Promise<Bench> {
    const repository = await TestRepository.start(await imageOf(pairs.onePackage), folder);
    const { context } = repository.place;
    await addRelease(context, { folder: pairs.kernel.folder });
    const startedMs = performance.now();
    await addRelease(context, { folder: pairs.newest.folder });
    const wholeMs = performance.now() - startedMs;
    await promote(context, { version: pairs.newest.version, channel: 'stable' });
    return new Bench(folder, pairs, repository, wholeMs);
  }

  async whole(): Promise<Update> {
    say('a machine is updated with the whole payload');
    return { kind: 'whole', change: '', makeMs: this.wholeMs, ...(await this.update(this.pairs.onePackage)) };
  }

  async delta(kind: 'one package' | 'kernel'): Promise<Update> {
    const from = kind === 'kernel' ? this.pairs.kernel : this.pairs.onePackage;
    const startedMs = performance.now();
    await makeDeltas(this.repository.place.context, {
      version: this.pairs.newest.version,
      from: [from.version],
    });
    const makeMs = performance.now() - startedMs;
    say(`a machine is updated: ${kind}, ${from.change}`);
    return { kind, change: from.change, makeMs, ...(await this.update(from)) };
  }

  private async update(from: Version): Promise<Omit<Update, 'kind' | 'change' | 'makeMs'>> {
    const image = await imageOf(from);
    const toolbox = await testToolbox();
    const installed = {
      image,
      toolbox,
      folder: this.folder,
      accelerator: await accelerator(toolbox, image),
    };
    const updating = await UpdatingMachine.start(installed, this.repository, {
      name: `machine-${Date.now()}`,
      update: { 'reboot-strategy': 'off' },
    });
    const { machine } = updating;
    try {
      await updating.isGood(from.version);
      this.repository.server.taken();
      // Looked at while it runs: the unit's own peak counts the page cache, which the kernel takes back when it must.
      const told = await machine.ssh(SCRIPT, 30 * 60_000);
      const value = (name: string) =>
        Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(told)?.[1] ?? Number.NaN);
      const requests = this.repository.server.taken();
      const payloads = requests.filter(({ path }) => path.endsWith('.zst'));
      if (!told.includes(`version ${this.pairs.newest.version} is written`))
        throw new Error(`no update:\n${told}`);
      return {
        payloadBytes: payloads.reduce((sum, { bytes }) => sum + bytes, 0),
        fetchMs: (value('writing') - value('started')) / 1000,
        writeMs: (value('ended') - value('writing')) / 1000,
        cpuMs: value('cpu') / 1e6,
        peakBytes: value('memory'),
        anonymousBytes: value('anonymous'),
      };
    } finally {
      await machine.remove();
    }
  }
}

const SCRIPT = `sudo bash -c '
systemctl start --no-block basalt-update.service
most=0
show() { systemctl show --value --property="$1" basalt-update.service; }
until [ "$(show ExecMainExitTimestampMonotonic)" != 0 ]; do
  now=$(sed -n "s/^anon //p" /sys/fs/cgroup/system.slice/basalt-update.service/memory.stat 2>/dev/null)
  [ "\${now:-0}" -gt "$most" ] && most=$now
  peak=$(cat /sys/fs/cgroup/system.slice/basalt-update.service/memory.peak 2>/dev/null || echo "\${peak:-0}")
  sleep 0.3
done
echo "anonymous $most"
echo "memory $peak"
echo "cpu $(show CPUUsageNSec)"
echo "started $(show ExecMainStartTimestampMonotonic)"
echo "ended $(show ExecMainExitTimestampMonotonic)"
echo "writing $(journalctl -b -u basalt-update.service -o json --no-pager | grep "writing the verity" | head -n 1 | sed "s/.*\\"__MONOTONIC_TIMESTAMP\\":\\"\\([0-9]*\\)\\".*/\\1/")"
basalt-agent update status
'`;

async function imageOf({ folder }: Version): Promise<TestImage> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  return {
    folder,
    manifest,
    path: (format) => join(folder, manifest.artifacts.find((entry) => entry.format === format)?.file ?? ''),
  };
}

function render(updates: readonly Update[]): string {
  const whole = updates[0]?.payloadBytes ?? Number.NaN;
  const share = ({ payloadBytes }: Update) => `${((payloadBytes / whole) * 100).toFixed(1)} %`;
  const target = {
    whole: formatSize(FULL_TARGET_BYTES),
    'one package': `${TARGETS.package * 100} %`,
    kernel: `${TARGETS.kernel * 100} %`,
  };
  return `
${renderTable(
  [
    'update',
    'payload',
    'of the whole',
    'at most',
    'make',
    'fetch',
    'write',
    'processor',
    'memory',
    'with cache',
  ],
  updates.map((update) => [
    update.kind,
    formatSize(update.payloadBytes),
    share(update),
    target[update.kind],
    seconds(update.makeMs),
    seconds(update.fetchMs),
    seconds(update.writeMs),
    seconds(update.cpuMs),
    formatSize(update.anonymousBytes),
    formatSize(update.peakBytes),
  ]),
)}
one package: ${updates[1]?.change}
kernel: ${updates[2]?.change}
make is on this machine; fetch, write and processor time are on the updated one, emulated where there is no KVM.
`;
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
