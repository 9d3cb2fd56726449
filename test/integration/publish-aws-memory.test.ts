/** An upload takes the same memory whatever the size of the disk. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatSize, MIB } from '../../src/units.ts';
import { startBlockSink } from '../support/block-sink.ts';
import { measuredUpload } from '../support/measured-upload.ts';
import { makeRawDisk } from '../support/raw-disk.ts';

/**
 * Of 900 MiB more: more blocks are in flight the longer all goes well, up to a limit, and the runtime collects what is no longer
 * used when it finds the time.
 */
const MOST_GROWTH_BYTES = 96 * MIB;
const MOST_BYTES = 300 * MIB;

test('ten times the data, the same memory; no block twice, no zeros', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-memory-'));
  try {
    const upload = await measuredUpload(folder);
    const peaks: number[] = [];
    for (const count of [200, 2000]) {
      // Every third block has data; the rest are holes.
      const blocks = Array.from({ length: count }, (_, index) => 3 * index + 1);
      const sizeBytes = (3 * count + 5) * 512 * 1024;
      const disk = await makeRawDisk(folder, { version: String(count), sizeBytes, blocks });
      const sink = await startBlockSink();
      const cost = await upload.run(disk, sink.url);
      await sink.close();
      expect([...sink.blocks].sort((a, b) => a - b)).toEqual(blocks);
      peaks.push(cost.peakBytes);
    }
    const [small = 0, large = 0] = peaks;
    const told = `${formatSize(small)} and ${formatSize(large)}`;
    expect(large - small, told).toBeLessThan(MOST_GROWTH_BYTES);
    expect(large, told).toBeLessThan(MOST_BYTES);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
