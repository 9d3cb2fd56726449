/** All disk formats of one image: as a build makes them, and by qemu-img and others one after another. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DiskFormat, diskFormats } from '../src/formats/catalogue.ts';
import type { Toolbox } from '../src/tools/toolbox.ts';
import { convert } from '../test/support/converted.ts';
import { recipeImage } from '../test/support/recipe-image.ts';
import { testToolbox } from '../test/support/toolbox.ts';
import { machineFacts } from './facts.ts';
import type { BenchOptions } from './main.ts';
import { median, renderTable, seconds } from './table.ts';

const TARGET = 1;

type Made = Exclude<DiskFormat, 'raw'>;

/**
 * The same conversions by hand, in this order. What is made of another format takes the file that is there: nobody would convert twice.
 * The disks stay as small as the raw one, where ours are as large as machines need.
 */
const byHand: readonly (readonly [format: Made, script: string])[] = [
  ['raw.zst', 'zstd -q -T0 -3 /in/disk.raw -o /out/disk.raw.zst'],
  ['qcow2', 'qemu-img convert -t unsafe -f raw -O qcow2 /in/disk.raw /out/disk.qcow2'],
  [
    'vmdk',
    'qemu-img convert -t unsafe -f raw -O vmdk -o subformat=streamOptimized /in/disk.raw /out/disk.vmdk',
  ],
  [
    'vhd',
    'qemu-img convert -t unsafe -f raw -O vpc -o subformat=fixed,force_size=on /in/disk.raw /out/disk.vhd',
  ],
  ['vhdx', 'qemu-img convert -t unsafe -f raw -O vhdx /in/disk.raw /out/disk.vhdx'],
  [
    'gce',
    `cp --sparse=always --no-preserve=mode /in/disk.raw /out/disk.raw
     truncate --size=%1G /out/disk.raw
     tar -C /out --format=oldgnu -S --use-compress-program='gzip -n' -cf /out/gce.tar.gz disk.raw`,
  ],
  [
    'ova',
    `cd /out
     sha256sum disk.vmdk > machine.mf; : > machine.ovf
     tar --format=ustar -cf machine.ova machine.ovf machine.mf disk.vmdk`,
  ],
  ['vagrant-libvirt', 'cd /out; : > metadata.json; tar -cf libvirt.box metadata.json disk.qcow2'],
  ['vagrant-virtualbox', 'cd /out; tar -cf virtualbox.box metadata.json machine.ovf disk.vmdk'],
];

interface Round {
  readonly oursMs: number;
  readonly byHandMs: Readonly<Record<string, number>>;
}

/** Measures, prints, and saves when asked to. */
export async function compareFormats(options: BenchOptions): Promise<void> {
  const toolbox = await testToolbox();
  const { image, remove } = await recipeImage('qemu');
  const folder = await mkdtemp(join(tmpdir(), 'basalt-bench-'));
  try {
    const raw = image.path('raw');
    const rounds: Round[] = [];
    for (let round = 0; round < options.runs; round += 1) {
      process.stderr.write(`bench: round ${round + 1} of ${options.runs}\n`);
      const ours = () => measureOurs(toolbox, join(folder, `ours-${round}`), raw);
      const theirs = () => measureByHand(toolbox, join(folder, `by-hand-${round}`), raw);
      // Which is first is what warms the page cache for the other.
      if (round % 2 === 0) rounds.push({ oursMs: await ours(), byHandMs: await theirs() });
      else {
        const byHandMs = await theirs();
        rounds.push({ oursMs: await ours(), byHandMs });
      }
    }
    if (options.save !== undefined)
      await writeFile(options.save, `${JSON.stringify({ machine: machineFacts(), rounds }, null, 2)}\n`);
    process.stdout.write(render(rounds));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await remove();
  }
}

async function measureOurs(toolbox: Toolbox, folder: string, raw: string): Promise<number> {
  const formats = diskFormats.filter((format) => format !== 'raw');
  const { tookMs } = await convert(toolbox, { folder, raw, formats });
  await rm(folder, { recursive: true });
  return tookMs;
}

async function measureByHand(toolbox: Toolbox, folder: string, raw: string): Promise<Record<string, number>> {
  await mkdir(folder, { recursive: true });
  const took: Record<string, number> = {};
  for (const [format, script] of byHand) {
    const startedMs = performance.now();
    await toolbox.run(['sh', '-euc', script], {
      binds: [
        { source: raw, target: '/in/disk.raw' },
        { source: folder, target: '/out', writable: true },
      ],
    });
    took[format] = performance.now() - startedMs;
  }
  await rm(folder, { recursive: true });
  return took;
}

function render(rounds: readonly Round[]): string {
  const sum = ({ byHandMs }: Round) => Object.values(byHandMs).reduce((all, each) => all + each, 0);
  const ratios = rounds.map((round) => round.oursMs / sum(round));
  const rows = byHand.map(([format]) => [
    format,
    seconds(median(rounds.map(({ byHandMs }) => byHandMs[format] ?? Number.NaN))),
  ]);
  return `
${renderTable(['one after another', 'time'], rows)}
${renderTable(
  ['all formats', 'one after another', 'Basalt', 'ratio', 'target'],
  [
    [
      `${rounds.length} rounds, medians`,
      seconds(median(rounds.map(sum))),
      seconds(median(rounds.map(({ oursMs }) => oursMs))),
      median(ratios).toFixed(2),
      `< ${TARGET}`,
    ],
  ],
)}
Basalt's time has the SHA-256 of every file in it; the disks of machines are as large as the machine needs, not as the image.
`;
}
