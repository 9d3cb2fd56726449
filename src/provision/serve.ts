/** The provisioning server: everything started in order, and ended in the other. The one door of this room. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import type { AskContext } from './ask.ts';
import { CONTROL_SOCKET } from './control-socket.ts';
import { machineRoutes } from './http/machine-routes.ts';
import { route } from './http/routes.ts';
import { type RunningServer, startServer } from './http/server.ts';
import { controlRoutes, statusRoutes } from './http/status-routes.ts';
import { readScripts } from './ipxe/scripts.ts';
import type { Machines } from './machines/profile.ts';
import { bootingCard, Dnsmasq } from './network/dnsmasq.ts';
import { dnsmasqConfiguration, type Place, serverAddress } from './network/dnsmasq-configuration.ts';
import { findPlace } from './network/place.ts';
import type { Programs } from './programs.ts';
import { loadMachines, watchFile } from './settings.ts';
import { openDatabase } from './state/database.ts';
import { Registry } from './state/registry.ts';
import { readStatusPage } from './status/page.ts';

export interface ServeOptions {
  /** machines.yaml. */
  readonly file: string;
  /** Folder of the state. */
  readonly state: string;
  /** Folder of the builds. */
  readonly outDir: string;
  /** The project's templates. */
  readonly templates: string;
  readonly toolbox: Toolbox;
  readonly programs: Programs;
  readonly signal: AbortSignal;
  readonly onMessage: (level: 'detail' | 'info' | 'warning', text: string) => void;
  /** Called when machines can come. */
  readonly onReady?: (ready: Ready) => void;
}

/** Where the server is. */
export interface Ready {
  readonly server: string;
  readonly status: string;
}

/** Serves until the signal is aborted. @throws {UserError} when it cannot start. */
export async function serve(options: ServeOptions): Promise<void> {
  const { file, state, signal, onMessage } = options;
  const templates = join(options.templates, 'cloud-config');
  let machines = await loadMachines(file, templates);
  const place = findPlace(machines.network);
  const server = serverAddress(machines.network, place);
  const cleanups: (() => Promise<void>)[] = [];
  const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
    cleanups.push(() => thing.close());
    return thing;
  };
  try {
    const { database } = opened(await openDatabase(state, signal));
    const registry = new Registry(database, Date.now);
    const onNotice = (text: string) => onMessage('warning', text);
    const context = (): AskContext => ({
      machines,
      registry,
      server,
      outDir: options.outDir,
      templates,
      onNotice,
    });
    const listen = { onError: onNotice };
    const routes = machineRoutes({
      context,
      scripts: await readScripts(join(options.templates, 'ipxe')),
      ipxe: options.programs.ipxe,
    });
    const page = await readStatusPage(join(options.templates, 'provision'));
    const status = statusRoutes(registry, page, machines.status.address);
    const control = controlRoutes(registry);
    const socket = join(state, CONTROL_SOCKET);
    await rm(socket, { force: true });
    opened(
      await startServer({
        ...listen,
        place: { address: place.address, port: machines.network.httpPort },
        handler: (request) => route(routes, request),
      }),
    );
    const statusServer: RunningServer = opened(
      await startServer({ ...listen, place: machines.status, handler: (request) => route(status, request) }),
    );
    opened(
      await startServer({
        ...listen,
        place: { path: socket },
        handler: (request) => route(control, request),
      }),
    );
    const dnsmasq = await startDnsmasq(options, machines, place, registry);
    if (dnsmasq !== undefined) cleanups.push(() => dnsmasq.stop());
    options.onReady?.({
      server,
      status: `http://${machines.status.address}:${statusServer.port}/`,
    });
    await watchFile(file, signal, async () => {
      const next = await reloaded(options, machines, templates);
      if (next === undefined) return;
      const isNetworkNew = JSON.stringify(next.network) !== JSON.stringify(machines.network);
      machines = next;
      if (isNetworkNew)
        onMessage('warning', 'the network settings changed: they count after serve is started again');
    });
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

/** The new file when it is right; otherwise the old one stays, and every problem is told. */
async function reloaded(
  { file, onMessage }: ServeOptions,
  old: Machines,
  templates: string,
): Promise<Machines | undefined> {
  try {
    const machines = await loadMachines(file, templates);
    onMessage('info', `${file} changed: ${machines.profiles.length} entries, ${old.profiles.length} before`);
    return machines;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onMessage(
      'warning',
      `${file} changed and cannot be used; the one before stays in force: ${messageOf(error)}`,
    );
    for (const { file: where, line, column, message, hint } of error.problems)
      onMessage('warning', `${where}:${line}:${column}: ${message}${hint === undefined ? '' : ` (${hint})`}`);
    return undefined;
  }
}

async function startDnsmasq(
  { templates, state, toolbox, programs, onMessage }: ServeOptions,
  { network }: Machines,
  place: Place,
  registry: Registry,
): Promise<Dnsmasq | undefined> {
  if (network.dhcp === 'none') return undefined;
  if (process.getuid?.() !== 0) {
    throw new UserError('root-needed', 'DHCP and TFTP have ports that are for root alone', {
      next: ['run this as root', 'or take dhcp: none, and let your DHCP server name the boot files'],
    });
  }
  const template = await readFile(join(templates, 'dnsmasq/dnsmasq.conf.hbs'), 'utf8');
  const configuration = join(state, 'dnsmasq.conf');
  await mkdir(state, { recursive: true });
  await writeFile(configuration, dnsmasqConfiguration(template, network, place), { mode: 0o644 });
  const dnsmasq = new Dnsmasq({
    toolbox,
    programs,
    configuration,
    onLine: (line) => {
      onMessage('detail', line);
      const card = bootingCard(line);
      if (card !== undefined) registry.see(card);
    },
    onTrouble: (text) => onMessage('warning', text),
  });
  dnsmasq.start();
  return dnsmasq;
}
