/** The update client under the real QuickJS, with the real curl and openssl, against servers that misbehave. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RudeAnswer, type RudeServer, rude, startRudeServer } from '../support/rude-server.ts';
import { testToolbox } from '../support/toolbox.ts';
import { TestRepository } from '../support/tuf-repository.ts';
import { UpdateProbe } from '../support/update-probe.ts';

const CHANNEL = Buffer.from('{"format":1}\n');
const repository = new TestRepository();
repository.publish({ version: 1, files: { 'qemu/channels/stable.json': CHANNEL } });

let probe: UpdateProbe;
let server: RudeServer | undefined;

beforeEach(async () => {
  probe = await UpdateProbe.make(
    await testToolbox(),
    process.env.BASALT_TEST_IMAGE ?? '',
    repository.files.get('/metadata/1.root.json') as Buffer,
  );
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await probe.remove();
});

async function serve(others: Record<string, RudeAnswer> = {}, from = repository): Promise<string> {
  const paths = [...from.files].map(([path, body]) => [path, rude.body(body)] as const);
  server = await startRudeServer({ ...Object.fromEntries(paths), ...others });
  return server.address;
}

test('a repository is trusted, read, and remembered', async () => {
  const address = await serve();
  const first = await probe.ask(address, 'read:qemu/channels/stable.json');
  expect(first).toMatchObject({
    versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
    read: { 'qemu/channels/stable.json': CHANNEL.toString() },
    left: [],
  });
  expect(first.failed).toBeUndefined();
  expect(await readFile(join(probe.machine, 'var/lib/basalt/update/trust/timestamp.json'))).toEqual(
    repository.files.get('/metadata/timestamp.json'),
  );
  const second = await probe.ask(address);
  expect(second.versions).toEqual(first.versions);
  expect(server?.requests.slice(-2)).toEqual(['/metadata/2.root.json', '/metadata/timestamp.json']);
  // Measured 150 ms.
  expect(first.tookMs).toBeLessThan(3000);
});
