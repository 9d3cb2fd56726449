/** A long run of odd requests: `BASALT_FUZZ_SEED` takes another seed, `BASALT_FUZZ_REQUESTS` another number of them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatSize } from '../../src/units.ts';
import { fuzz } from '../support/provision/fuzz.ts';
import { startHttpPlace } from '../support/provision/http-place.ts';

const SEED = Number(process.env.BASALT_FUZZ_SEED ?? 1);
const REQUESTS = Number(process.env.BASALT_FUZZ_REQUESTS ?? 60_000);
/** What the server may keep of requests that are over. */
const GROWTH_BYTES = 200 * 1024 * 1024;

test('odd requests for a long time: no failure, no secret, no memory that grows', async () => {
  const place = await startHttpPlace();
  try {
    await mkdir(join(place.folder, 'ipxe'), { recursive: true });
    await writeFile(join(place.folder, 'ipxe/snponly.efi'), 'MZ');
    await place.get('/v1/ask.ipxe?mac=52-54-00-00-00-63&serial=7XK2QN3');
    const secrets = ['not for the network', 'root:x:0', place.folder, 'ssh-ed25519', 'node_modules'];
    const options = { secrets, count: Math.floor(REQUESTS / 2) };
    const first = await fuzz(place, { ...options, seed: SEED });
    const before = process.memoryUsage().rss;
    const second = await fuzz(place, { ...options, seed: SEED + 1 });
    const grown = process.memoryUsage().rss - before;
    process.stdout.write(
      `provision: ${REQUESTS} odd requests from seed ${SEED}, statuses ${JSON.stringify(Object.fromEntries(second.statuses))}, memory grew by ${formatSize(Math.max(0, grown))}\n`,
    );
    expect([...first.problems, ...second.problems]).toEqual([]);
    expect(grown).toBeLessThan(GROWTH_BYTES);
  } finally {
    await place.close();
  }
});
