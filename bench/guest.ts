/** Boots a candidate and lets the machine measure itself: boot time, memory, reads. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceleratorForImage } from '../src/machine/accelerator-of-image.ts';
import { prepareFirmware } from '../src/machine/firmware.ts';
import { makeOverlay } from '../src/machine/overlay.ts';
import type { Toolbox } from '../src/tools/toolbox.ts';
import { GIB } from '../src/units.ts';
import { bootAndCheck } from '../test/support/boot.ts';
import type { GuestCheck } from '../test/support/guest-check.ts';
import { processorMsOf } from './processor-time.ts';
import { RANDOM_READ_SCRIPT } from './random-read.ts';

/** What a machine told of its first boot. */
export interface GuestMeasures {
  /** Power on to the end of all measurements, seen from outside. */
  readonly hostMs: number;
  /** Kernel start to multi-user.target reached, as systemd counts. */
  readonly bootMs: number;
  readonly kernelMs: number;
  readonly initrdMs: number;
  readonly userspaceMs: number;
  /** Of the host's processors, from power on until the machine had settled. */
  readonly processorMs: number;
  /** When it had settled; with clean caches gone: what cannot be given back is MemTotal less this. */
  readonly availableBytes: number;
  readonly freeAfterDropBytes: number;
  readonly cachedBytes: number;
  readonly slabBytes: number;
  readonly randomReadMs: number;
  readonly filesReadMs: number;
  readonly sequentialReadMs: number;
}

const DISK_BYTES = 6 * GIB;
const TIMEOUT_MS = 20 * 60_000;
/** Between two looks at what the machine tells. */
const LOOK_MS = 100;

/** The checks' file descriptor 3 is the port to the host. */
const tell = (name: string, value: string) => `echo "basalt-bench: ${name} ${value}" >&3\n`;

const SETTLED = `# The verdict's own unit is a job of the boot: wait for the others.
until [ "$(systemctl show --value --property=FinishTimestampMonotonic)" != 0 ]; do sleep 1; done
sleep 5
`;
const TIMES = ['InitRDTimestampMonotonic', 'UserspaceTimestampMonotonic', 'FinishTimestampMonotonic'];
const MEMORY = ['MemTotal', 'MemAvailable', 'Cached', 'Slab'];

const checks: readonly GuestCheck[] = [
  {
    name: 'boot',
    timeoutSeconds: 300,
    script: `${SETTLED}${TIMES.map((name) => tell(name, `$(systemctl show --value --property=${name})`)).join('')}`,
  },
  {
    name: 'memory',
    script: `meminfo() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }
${MEMORY.map((name) => tell(name, `$(meminfo ${name})`)).join('')}sync; echo 3 > /proc/sys/vm/drop_caches
${tell('FreeAfterDrop', '$(meminfo MemFree)')}`,
  },
  {
    name: 'reads',
    timeoutSeconds: 300,
    script: `cat > /tmp/random-read.js <<'END'
${RANDOM_READ_SCRIPT}
END
cold() { sync; echo 3 > /proc/sys/vm/drop_caches; started=\${EPOCHREALTIME/./}; }
took() { echo "basalt-bench: $1 $(( (\${EPOCHREALTIME/./} - started) / 1000 ))" >&3; }
files=$(find /usr/bin /usr/sbin /usr/lib -xdev -type f -size +0 -size -1024k | sort | awk 'NR % 6 == 0')
for round in 1 2 3; do
  cold; qjs --std /tmp/random-read.js /usr/bin/containerd /usr/sbin/dockerd; took random
  cold; cat $files > /dev/null; took files
  cold; cat /usr/bin/containerd > /dev/null; took sequential
done
`,
  },
];

/** Boots an image once, from its first boot on. */
export async function measureGuest(
  image: string,
  toolbox: Toolbox,
  storeDirectory: string,
): Promise<GuestMeasures> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-bench-'));
  let watch: NodeJS.Timeout | undefined;
  try {
    const disk = await makeOverlay(toolbox, {
      image,
      format: 'raw',
      overlay: join(folder, 'disk.qcow2'),
      sizeBytes: DISK_BYTES,
    });
    const { accelerator } = await acceleratorForImage(toolbox, {
      kernel: undefined,
      spec: {
        memoryBytes: 2 * GIB,
        cpus: 2,
        firmware: await prepareFirmware(toolbox, join(folder, 'probe-variables.fd')),
        disks: [{ bootIndex: 0, ...disk }],
      },
      storeDirectory,
      signal: new AbortController().signal,
    });
    let told = '';
    let processorMs = Number.NaN;
    const { bootMs } = await bootAndCheck({
      toolbox,
      accelerator,
      disks: [disk],
      checks,
      timeoutMs: TIMEOUT_MS,
      // Only the measures count here: the boot tests judge the console.
      allow: [/./],
      onStart: (machine) => {
        watch = setInterval(() => {
          if (!machine.ports[0]?.text.includes('FinishTimestampMonotonic')) return;
          processorMs = processorMsOf('qemu-system');
          clearInterval(watch);
        }, LOOK_MS);
      },
      whileUp: async (machine) => {
        told = machine.ports[0]?.text ?? '';
      },
    });
    return { ...readMeasures(told, bootMs), processorMs };
  } finally {
    clearInterval(watch);
    await rm(folder, { recursive: true, force: true });
  }
}

function readMeasures(told: string, hostMs: number): Omit<GuestMeasures, 'processorMs'> {
  const all = (name: string) =>
    [...told.matchAll(new RegExp(`basalt-bench: ${name} (\\d+)`, 'g'))].map(([, value]) => Number(value));
  const shortest = (name: string) => Math.min(...all(name));
  const microseconds = (name: string) => (all(name)[0] ?? Number.NaN) / 1000;
  const kib = (name: string) => (all(name)[0] ?? Number.NaN) * 1024;
  const kernelMs = microseconds('InitRDTimestampMonotonic');
  const switchedMs = microseconds('UserspaceTimestampMonotonic');
  const bootMs = microseconds('FinishTimestampMonotonic');
  return {
    hostMs,
    bootMs,
    kernelMs,
    initrdMs: switchedMs - kernelMs,
    userspaceMs: bootMs - switchedMs,
    availableBytes: kib('MemAvailable'),
    freeAfterDropBytes: kib('FreeAfterDrop'),
    cachedBytes: kib('Cached'),
    slabBytes: kib('Slab'),
    randomReadMs: shortest('random'),
    filesReadMs: shortest('files'),
    sequentialReadMs: shortest('sequential'),
  };
}
