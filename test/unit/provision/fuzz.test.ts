/** A short run of odd requests; test/long has a long one. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fuzz, tokenOf } from '../../support/provision/fuzz.ts';
import { installArguments, pathOf, startHttpPlace } from '../../support/provision/http-place.ts';

const SEED = 6;
const REQUESTS = 600;

test('odd requests are refused, tell nothing, and leave the server and its tokens whole', async () => {
  const place = await startHttpPlace();
  try {
    await mkdir(join(place.folder, 'ipxe'), { recursive: true });
    await writeFile(join(place.folder, 'ipxe/snponly.efi'), 'MZ');
    const given = installArguments(
      (await place.get('/v1/ask.ipxe?mac=52-54-00-00-00-63&serial=7XK2QN3')).text,
    );
    const secrets = [
      'not for the network',
      'root:x:0',
      tokenOf(given.get('config')),
      place.folder,
      'ssh-ed25519',
      'node_modules',
    ];
    const { statuses, problems } = await fuzz(place, { seed: SEED, count: REQUESTS, secrets });
    expect(problems).toEqual([]);
    // It reached the routes, and not only their refusals.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 404, 405, 414]));
    // The machine's own token is as good as before.
    expect((await place.get(pathOf(given.get('config')))).status).toBe(200);
  } finally {
    await place.close();
  }
}, 120_000);
