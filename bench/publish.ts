/** What it takes to send a disk to Amazon: against the emulator on this machine, and against a server that keeps nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLOCK_BYTES } from '../src/publish/aws/blocks.ts';
import { formatSize, MIB } from '../src/units.ts';
import { startAwsEmulator } from '../test/support/aws-emulator.ts';
import { startAwsFront } from '../test/support/aws-front.ts';
import { startBlockSink } from '../test/support/block-sink.ts';
import { measuredUpload } from '../test/support/measured-upload.ts';
import { makeRawDisk } from '../test/support/raw-disk.ts';
import type { UploadCost } from '../test/support/upload-probe.ts';
import { machineFacts } from './facts.ts';
import type { BenchOptions } from './main.ts';
import { renderTable, seconds } from './table.ts';

/** Blocks with data, of disks four times as large. */
const SIZES = [256, 1024];

interface Sent extends UploadCost {
  readonly to: 'emulator' | 'nowhere';
  readonly diskBytes: number;
  /** Of what was sent: blocks of zeros, and blocks that had been sent before. */
  readonly zeros: number;
  readonly repeated: number;
}

/** Measures, prints, and saves when asked to. */
export async function measurePublish(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-bench-'));
  const emulator = await startAwsEmulator();
  try {
    const upload = await measuredUpload(folder);
    const sent: Sent[] = [];
    for (let round = 0; round < options.runs; round++) {
      for (const count of SIZES) {
        const blocks = Array.from({ length: count }, (_, index) => 4 * index + 1);
        const diskBytes = 4 * count * BLOCK_BYTES;
        const disk = await makeRawDisk(folder, { version: `${count}`, sizeBytes: diskBytes, blocks });
        process.stderr.write(`bench: ${formatSize(count * BLOCK_BYTES)} of ${formatSize(diskBytes)}\n`);
        const front = await startAwsFront(emulator.url);
        const cost = await upload.run(disk, emulator.url);
        // Once more by way of a front that counts, and slows things down.
        await upload.run(disk, front.url);
        const puts = front.taken().filter(({ action }) => action === 'PutSnapshotBlock');
        const repeated = puts.length - new Set(puts.map(({ block }) => block)).size;
        sent.push({
          ...cost,
          to: 'emulator',
          diskBytes,
          zeros: puts.filter(({ zero }) => zero).length,
          repeated,
        });
        await front.close();
        await emulator.reset();
        const sink = await startBlockSink();
        const free = await upload.run(disk, sink.url);
        const again = sink.blocks.length - new Set(sink.blocks).size;
        sent.push({ ...free, to: 'nowhere', diskBytes, zeros: 0, repeated: again });
        await sink.close();
      }
    }
    if (options.save !== undefined)
      await writeFile(options.save, `${JSON.stringify({ machine: machineFacts(), sent }, null, 2)}\n`);
    process.stdout.write(render(sent));
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function render(sent: readonly Sent[]): string {
  return `
${renderTable(
  ['to', 'disk', 'sent', 'time', 'MiB/s', 'processor', 'zero blocks', 'sent twice', 'at a time', 'memory'],
  sent.map((each) => [
    each.to,
    formatSize(each.diskBytes),
    formatSize(each.sentBlocks * BLOCK_BYTES),
    seconds(each.wallMs),
    ((each.sentBlocks * BLOCK_BYTES) / MIB / (each.wallMs / 1000)).toFixed(1),
    seconds(each.processorMs),
    each.zeros,
    each.repeated,
    each.window,
    formatSize(each.peakBytes),
  ]),
)}
emulator: moto's server, one Python process on this machine, which is the limit. nowhere: a server that drops what it gets,
on the same processors. memory: the most that was resident, Node.js included.
`;
}
