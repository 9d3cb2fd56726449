/** The HTTP side of the server in the test's own process, on the loopback: no DHCP, a build that is made up. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { machineRoutes } from '../../../src/provision/http/machine-routes.ts';
import { type Route, route } from '../../../src/provision/http/routes.ts';
import { startServer } from '../../../src/provision/http/server.ts';
import { controlRoutes, statusRoutes } from '../../../src/provision/http/status-routes.ts';
import { readScripts } from '../../../src/provision/ipxe/scripts.ts';
import type { Machines } from '../../../src/provision/machines/profile.ts';
import { openDatabase } from '../../../src/provision/state/database.ts';
import { Registry } from '../../../src/provision/state/registry.ts';
import { readStatusPage } from '../../../src/provision/status/page.ts';
import { machinesOf } from './machines-file.ts';
import { makeBootBuild } from './server.ts';

const templates = resolve(import.meta.dirname, '../../../templates');

/** An answer, whole. */
export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

export interface HttpPlace {
  readonly port: number;
  readonly statusPort: number;
  readonly folder: string;
  readonly registry: Registry;
  /** What the server told its operator. */
  readonly notices: string[];
  /** Defects, and answers that could not be sent. */
  readonly errors: string[];
  machines: Machines;
  /** The address that it names to machines; not its own, unless a test makes it so. */
  server: string;
  /** In ms since 1970; tests turn it. */
  now: number;
  get(path: string, more?: Sending): Promise<Got>;
  close(): Promise<void>;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly port?: number;
}

export async function startHttpPlace(machinesText?: string): Promise<HttpPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-http-'));
  await makeBootBuild(join(folder, 'out'), 'live', '1.0.0');
  await writeFile(join(folder, 'secret'), 'not for the network');
  const { database, close } = await openDatabase(join(folder, 'state'), new AbortController().signal);
  const errors: string[] = [];
  const notices: string[] = [];
  const listen = async (routes: readonly Route[]) =>
    startServer({
      place: { address: '127.0.0.1', port: 0 },
      handler: (message) => route(routes, message),
      onError: (text) => void errors.push(text),
    });
  const registry = new Registry(database, () => place.now);
  const page = await readStatusPage(join(templates, 'provision'));
  const ipxe = join(folder, 'ipxe');
  const server = await listen(
    machineRoutes({
      context: () => ({
        machines: place.machines,
        registry,
        server: place.server,
        outDir: join(folder, 'out'),
        templates: join(templates, 'cloud-config'),
        onNotice: (text) => void notices.push(text),
      }),
      scripts: await readScripts(join(templates, 'ipxe')),
      ipxe,
    }),
  );
  const status = await listen([...statusRoutes(registry, page, '127.0.0.1'), ...controlRoutes(registry)]);
  const place: HttpPlace = {
    port: server.port,
    statusPort: status.port,
    folder,
    registry,
    notices,
    errors,
    machines: machinesOf(machinesText),
    server: 'http://10.0.10.1:8080',
    now: Date.parse('2026-11-22T12:00:00Z'),
    get: (path, more) => send(server.port, path, more),
    async close() {
      await server.close();
      await status.close();
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return place;
}

/** Sends a request whose path nobody tidies. */
export function send(port: number, path: string, more: Sending = {}): Promise<Got> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: more.port ?? port,
        path,
        method: more.method ?? 'GET',
        headers: { connection: 'close', ...more.headers },
        timeout: 20_000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => void chunks.push(chunk));
        response.once('error', fail);
        response.once('end', () => {
          const body = Buffer.concat(chunks);
          done({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() });
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('no answer')));
    sent.once('error', fail);
    sent.end(more.body);
  });
}

/** What the arguments of an installation's script say: `disk`, `config`, `token` and the others. */
export function installArguments(script: string): ReadonlyMap<string, string> {
  return new Map(
    [...script.matchAll(/ basalt\.install\.([a-z-]+)=(\S+)/g)].map(([, key = '', value = '']) => [
      key,
      value,
    ]),
  );
}

/** The path of an address. */
export function pathOf(address: string | undefined): string {
  const { pathname, search } = new URL(address ?? '');
  return pathname + search;
}
