/** Disk formats made of any raw disk, by the stages that builds have: planned and run as in a build. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Executor } from '../../src/build/executor.ts';
import { readMachineTemplates } from '../../src/build/parts.ts';
import { type DiskFormat, stageOfFormat } from '../../src/formats/catalogue.ts';
import type { DiskOptions } from '../../src/plan/catalogue.ts';
import type { Source } from '../../src/plan/content.ts';
import { addFormats } from '../../src/plan/formats.ts';
import { PlanBuilder } from '../../src/plan/plan.ts';
import { digestBytes } from '../../src/store/digest.ts';
import { Store } from '../../src/store/store.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { MIB } from '../../src/units.ts';

const home = resolve(import.meta.dirname, '../..');

export interface ConvertOptions {
  /** Of the store; it keeps what is made, so another conversion needs another one. */
  readonly folder: string;
  readonly raw: string;
  readonly formats: readonly DiskFormat[];
  /** Of the partition for /var, which decides how large the disks of machines are. */
  readonly varBytes?: number;
}

/** What was made: the file of each format, and the stages that ran. */
export interface Converted {
  readonly files: Readonly<Record<string, string>>;
  readonly ran: readonly string[];
  /** From the raw disk in the store to all formats in the store, with their digests. */
  readonly tookMs: number;
}

/** Makes the formats. */
export async function convert(
  toolbox: Toolbox,
  { folder, raw, formats, varBytes = 64 * MIB }: ConvertOptions,
): Promise<Converted> {
  const store = new Store(folder);
  const texts = new Map<string, Source>();
  const builder = new PlanBuilder(toolbox.digest);
  // In place of the stages that build an image: only their end is looked at.
  builder.add('disk', 'Disk image', { seed: raw } as unknown as DiskOptions);
  addFormats(builder, {
    recipe: {
      name: 'test',
      formats,
      partitions: {
        espBytes: 300 * MIB,
        rootBytes: 64 * MIB,
        verityBytes: MIB,
        varMinimumBytes: varBytes,
      },
    },
    parts: { machineTemplates: await readMachineTemplates(home) },
    version: '1.0',
    epoch: 1_790_000_000,
    text: (value) => {
      const sha256 = digestBytes(value);
      texts.set(sha256, { kind: 'text', text: value });
      return sha256;
    },
  });
  const plan = builder.build({ image: 'test', version: '1.0', epoch: 1_790_000_000 });
  const disk = plan.stages.find(({ id }) => id === 'disk');
  await mkdir(folder, { recursive: true });
  const copy = join(folder, 'disk.raw');
  await toolbox.run(['cp', '--sparse=always', '--no-preserve=mode', '/in/disk.raw', '/out/disk.raw'], {
    binds: [
      { source: raw, target: '/in/disk.raw' },
      { source: folder, target: '/out', writable: true },
    ],
  });
  await store.writeRecord(disk?.digest ?? '', {
    stage: 'disk',
    objects: { raw: await store.adopt(copy) },
    values: {},
  });
  const ran: string[] = [];
  const executor = new Executor({
    plan,
    sources: texts,
    store,
    toolbox,
    home,
    offline: true,
    reporter: {
      emit: (event) => {
        if (event.type === 'stage-start') ran.push(event.stage);
      },
      close: async () => undefined,
    },
    signal: new AbortController().signal,
  });
  const startedMs = performance.now();
  const made = await Promise.all(
    formats.map(async (format) => {
      const { objects } = await executor.outputs(stageOfFormat(format));
      return [format, store.objectPath(objects[format]?.sha256 ?? '')] as const;
    }),
  );
  const tookMs = performance.now() - startedMs;
  return { files: Object.fromEntries(made), ran: ran.sort(), tookMs };
}
