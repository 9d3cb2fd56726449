/** Amazon's services on the loopback: moto's server (Debian's python3-moto), in the sandbox of the tools tree. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unpackDebian } from './debian-packages.ts';
import { testToolbox } from './toolbox.ts';

export interface AwsEmulator {
  readonly port: number;
  readonly url: string;
  /** Forgets all that was made. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const START_WITHIN_MS = 120_000;

/** The environment that credentials come from, for programs that talk to an emulator. */
export const emulatorCredentials = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
} as const;

/** Debian's bundle of authorities is made by a maintainer script; any does, since there is no TLS here. */
const SERVER = `
import certifi, glob, sys
bundle = glob.glob("/debian/usr/share/ca-certificates/mozilla/*.crt")[0]
certifi.where = lambda: bundle
from moto.server import main
main(sys.argv[1:])
`;

export async function startAwsEmulator(): Promise<AwsEmulator> {
  const toolbox = await testToolbox();
  const folder = await mkdtemp(join(tmpdir(), 'basalt-aws-'));
  await unpackDebian(toolbox, ['python3-moto', 'python3-flask-cors'], join(folder, 'debian'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stop = new AbortController();
  const server = toolbox
    .run(['python3', '-c', SERVER, '-H', '127.0.0.1', '-p', String(port)], {
      network: true,
      signal: stop.signal,
      binds: [{ source: join(folder, 'debian'), target: '/debian' }],
      onLine: () => undefined,
      env: {
        PYTHONPATH: '/debian/usr/lib/python3/dist-packages',
        LD_LIBRARY_PATH: '/debian/usr/lib/x86_64-linux-gnu',
        PYTHONDONTWRITEBYTECODE: '1',
        // Hundreds of images of others are of no use here, and each look would list them.
        MOTO_EC2_LOAD_DEFAULT_AMIS: 'false',
      },
    })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  let ended: unknown;
  void server.then((error) => {
    ended = error ?? new Error('the emulator ended');
  });
  const endAt = performance.now() + START_WITHIN_MS;
  for (;;) {
    if (ended !== undefined) throw ended;
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) break;
    if (performance.now() > endAt) throw new Error('the emulator did not start');
    await sleep(100);
  }
  return {
    port,
    url,
    async reset() {
      await (await fetch(`${url}/moto-api/reset`, { method: 'POST' })).arrayBuffer();
    },
    async close() {
      stop.abort();
      await server;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
