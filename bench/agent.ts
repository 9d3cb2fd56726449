/** What the agent costs at boot: the same image with a configuration and without, in turn. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentIdentity } from '../src/exec/identity.ts';
import { acceleratorForImage } from '../src/machine/accelerator-of-image.ts';
import { prepareFirmware } from '../src/machine/firmware.ts';
import { makeOverlay } from '../src/machine/overlay.ts';
import type { Accelerator } from '../src/machine/spec.ts';
import { Store } from '../src/store/store.ts';
import type { Toolbox } from '../src/tools/toolbox.ts';
import { openToolsTree } from '../src/tools/tools-tree.ts';
import { formatSize, GIB, KIB } from '../src/units.ts';
import { bootAndCheck } from '../test/support/boot.ts';
import { basaltBuild } from './basalt.ts';
import { machineFacts } from './facts.ts';
import type { BenchOptions } from './main.ts';
import { median, renderTable, seconds } from './table.ts';

/** Like what a member of a cluster gets: a name, a key, some files and units. */
const CONFIGURATION = `#cloud-config
hostname: bench
ssh_authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f bench
users:
  - name: worker
    groups: [docker]
write_files:
${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `  - path: /etc/bench/${n}.conf\n    permissions: "0640"\n    content: file ${n}\n`).join('')}
coreos:
  etcd2:
    name: bench
  units:
${[1, 2, 3].map((n) => `    - name: bench-${n}.service\n      command: start\n      content: |\n        [Service]\n        Type=oneshot\n        ExecStart=/bin/true\n`).join('')}
`;

/** What a boot told, times in milliseconds since the kernel started. */
interface AgentBoot {
  readonly bootMs: number;
  /** When the agent was done, configuration applied. */
  readonly appliedMs: number;
  readonly agentMs: number;
  readonly agentCpuMs: number;
  readonly peakBytes: number;
}

const BUNDLE_TARGET_BYTES = 400 * KIB;
const RATIO_TARGET = 1.5;

/** Measures, prints, and saves when asked to. */
export async function measureAgent(options: BenchOptions): Promise<void> {
  const home = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), 'basalt-bench-'));
  try {
    const output = join(folder, 'image');
    await mkdir(output);
    say('building the image');
    const { manifest } = await basaltBuild({
      home,
      recipe: 'qemu',
      store: options.store,
      output,
      extra: ['--format', 'raw'],
    });
    const raw = manifest.artifacts.find(({ format }) => format === 'raw')?.file ?? '';
    const machine = await Bench.prepare(folder, join(output, raw), options.store);
    const boots = { with: [] as AgentBoot[], without: [] as AgentBoot[] };
    for (let round = 0; round < options.runs; round++) {
      const kinds = ['without', 'with'] as const;
      for (const kind of round % 2 === 0 ? kinds : [...kinds].reverse()) {
        const told = await machine.boot(kind === 'with' ? CONFIGURATION : undefined);
        say(`${kind} a configuration: agent ${seconds(told.agentMs)}, boot ${seconds(told.bootMs)}`);
        boots[kind].push(told);
      }
    }
    const bundleBytes = await sizeOfFolder(join(home, 'dist/agent'));
    if (options.save !== undefined)
      await writeFile(
        options.save,
        `${JSON.stringify({ machine: machineFacts(), bundleBytes, boots }, null, 2)}\n`,
      );
    process.stdout.write(render(boots, bundleBytes));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Bench {
  private constructor(
    private readonly folder: string,
    private readonly image: string,
    private readonly toolbox: Toolbox,
    private readonly accelerator: Accelerator,
  ) {}

  static async prepare(folder: string, image: string, store: string): Promise<Bench> {
    const signal = new AbortController().signal;
    const toolbox = await openToolsTree({
      store: new Store(store),
      identity: currentIdentity(),
      signal,
      onMessage: say,
    });
    const firmware = await prepareFirmware(toolbox, join(folder, 'probe-variables.fd'));
    const { accelerator } = await acceleratorForImage(toolbox, {
      kernel: undefined,
      spec: {
        memoryBytes: 2 * GIB,
        cpus: 2,
        firmware,
        disks: [{ bootIndex: 0, path: image, format: 'raw' }],
      },
      storeDirectory: store,
      signal,
    });
    return new Bench(folder, image, toolbox, accelerator);
  }

  /** A first boot of a fresh disk. */
  async boot(configuration: string | undefined): Promise<AgentBoot> {
    const overlay = join(this.folder, 'disk.qcow2');
    await rm(overlay, { force: true });
    const disk = await makeOverlay(this.toolbox, {
      image: this.image,
      format: 'raw',
      overlay,
      sizeBytes: 4 * GIB,
    });
    let told = '';
    await bootAndCheck({
      toolbox: this.toolbox,
      accelerator: this.accelerator,
      disks: [disk],
      machine:
        configuration === undefined
          ? {}
          : { fwCfg: [{ name: 'opt/basalt/user-data', value: configuration }] },
      checks: [{ name: 'times', script: SCRIPT, timeoutSeconds: 300 }],
      // Only the measures count here: the boot tests judge the console.
      allow: [/./],
      whileUp: async (machine) => {
        told = machine.ports[0]?.text ?? '';
      },
    });
    const value = (name: string) =>
      Number(new RegExp(`basalt-bench: ${name} (\\d+)`).exec(told)?.[1] ?? Number.NaN);
    return {
      bootMs: value('boot') / 1000,
      appliedMs: value('ended') / 1000,
      agentMs: (value('ended') - value('started')) / 1000,
      agentCpuMs: value('cpu') / 1e6,
      peakBytes: value('memory'),
    };
  }
}

const SCRIPT = `until [ "$(systemctl show --value --property=FinishTimestampMonotonic)" != 0 ]; do sleep 1; done
show() { systemctl show --value --property="$1" basalt-agent.service; }
tell() { echo "basalt-bench: $1 $2" >&3; }
tell boot "$(systemctl show --value --property=FinishTimestampMonotonic)"
tell started "$(show ExecMainStartTimestampMonotonic)"
tell ended "$(show ExecMainExitTimestampMonotonic)"
tell cpu "$(show CPUUsageNSec)"
tell memory "$(show MemoryPeak)"
`;

function render(
  boots: Readonly<Record<'with' | 'without', readonly AgentBoot[]>>,
  bundleBytes: number,
): string {
  const of = (kind: 'with' | 'without', field: keyof AgentBoot) =>
    median(boots[kind].map((boot) => boot[field]));
  const row = (label: string, field: keyof AgentBoot, target = '') => [
    label,
    seconds(of('without', field)),
    seconds(of('with', field)),
    (of('with', field) / of('without', field)).toFixed(2),
    target,
  ];
  return `
${renderTable(
  ['first boot, emulated or not', 'without', 'with', 'ratio', 'target'],
  [
    row('kernel start to configuration applied', 'appliedMs', `at most ${RATIO_TARGET}`),
    row('kernel start to multi-user', 'bootMs'),
    row('the agent alone', 'agentMs'),
    row('its processor time', 'agentCpuMs'),
  ],
)}
peak memory of its unit   ${formatSize(of('without', 'peakBytes'))} without, ${formatSize(of('with', 'peakBytes'))} with a configuration
bundle                    ${formatSize(bundleBytes)} (target: at most ${formatSize(BUNDLE_TARGET_BYTES)})
`;
}

async function sizeOfFolder(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
