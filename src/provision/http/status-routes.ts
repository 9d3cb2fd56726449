/** The status page with its events, and what `serve status` and `serve reinstall` ask for. */
import { PassThrough } from 'node:stream';
import type { KnownMachine } from '../state/machine.ts';
import type { Registry } from '../state/registry.ts';
import { type MachineStatus, machineStatus } from '../status/machine-status.ts';
import type { StatusPage } from '../status/page.ts';
import { type Answer, json, Refusal } from './answer.ts';
import type { Request } from './request.ts';
import type { Route } from './routes.ts';

/** Browsers that watch at the same time. */
const WATCHERS_MAXIMUM = 32;
/** Changes within this time are told together. */
const TOGETHER_MS = 500;
/** A line now and then keeps the connection. */
const ALIVE_EVERY_MS = 20_000;

function statusOf(registry: Registry): readonly MachineStatus[] {
  return registry.all().map(machineStatus);
}

/**
 * The page, for people. It changes nothing.
 * @param address Where it listens: a browser is let in only with the name of that place.
 */
export function statusRoutes(registry: Registry, page: StatusPage, address: string): readonly Route[] {
  const watchers = new Set<() => void>();
  registry.onChange = () => {
    for (const tell of watchers) tell();
  };
  return [
    {
      method: 'GET',
      path: '/',
      head: true,
      answer: (request) => {
        mustBeOwnName(request, address);
        return {
          status: 200,
          headers: {
            'content-type': 'text/html; charset=utf-8',
            'cache-control': 'no-store',
            // Only what the page itself has; nothing from elsewhere, and no other page around it.
            'content-security-policy': `default-src 'none'; style-src '${page.styleHash}'; script-src '${page.scriptHash}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
            'referrer-policy': 'no-referrer',
          },
          body: page.render(statusOf(registry)),
        };
      },
    },
    {
      method: 'GET',
      path: '/status.json',
      answer: (request) => {
        mustBeOwnName(request, address);
        return json(200, { machines: statusOf(registry) });
      },
    },
    {
      method: 'GET',
      path: '/events',
      answer: (request) => {
        mustBeOwnName(request, address);
        if (watchers.size >= WATCHERS_MAXIMUM)
          throw new Refusal(503, 'watchers', 'too many browsers watch already');
        return events(registry, watchers);
      },
    },
  ];
}

/** Server-sent events (HTML standard, 9.2): all machines, whenever something changed. */
function events(registry: Registry, watchers: Set<() => void>): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    body: (signal) => {
      const stream = new PassThrough();
      let waiting: NodeJS.Timeout | undefined;
      const tell = () => {
        // A browser that does not read gets the state of later.
        waiting ??= setTimeout(() => {
          waiting = undefined;
          if (!stream.writableNeedDrain) stream.write(`data: ${JSON.stringify(statusOf(registry))}\n\n`);
        }, TOGETHER_MS);
      };
      const alive = setInterval(
        () => void (stream.writableNeedDrain || stream.write(':\n\n')),
        ALIVE_EVERY_MS,
      );
      const end = () => {
        watchers.delete(tell);
        clearTimeout(waiting);
        clearInterval(alive);
        stream.destroy();
      };
      watchers.add(tell);
      stream.once('close', end);
      signal.addEventListener('abort', end, { once: true });
      stream.write(`data: ${JSON.stringify(statusOf(registry))}\n\n`);
      return stream;
    },
  };
}

/** A page of elsewhere whose name leads here (DNS rebinding) must not read this one. */
function mustBeOwnName(request: Request, address: string): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (name === address || name === '[::1]' || name === 'localhost' || /^\d+\.\d+\.\d+\.\d+$/.test(name))
    return;
  throw new Refusal(403, 'name-unknown', 'this server is not known by the name in the address', address);
}

/** For the command line, over a socket that only the server's user can open. */
export function controlRoutes(registry: Registry): readonly Route[] {
  return [
    { method: 'GET', path: '/status', answer: () => json(200, { machines: statusOf(registry) }) },
    {
      method: 'POST',
      path: '/reinstall',
      answer: async (request) => {
        const body = (await request.json()) as { machine?: unknown } | null;
        const wanted = typeof body?.machine === 'string' ? body.machine : '';
        const found = registry.all().filter((machine) => isCalled(machine, wanted));
        const [machine, ...others] = found;
        if (machine === undefined)
          throw new Refusal(
            404,
            'machine-unknown',
            'no machine of this name was seen',
            known(registry.all()),
          );
        if (others.length > 0)
          throw new Refusal(409, 'machine-ambiguous', 'several machines are called so', known(found));
        registry.arm(machine.id, true);
        return json(200, { machine: machineStatus({ ...machine, armed: true }) });
      },
    },
  ];
}

/** By the name of its entry, its id, MAC, UUID or service tag. */
function isCalled({ id, profile, macs, uuid, serviceTag }: KnownMachine, name: string): boolean {
  const names = [id, profile, uuid, serviceTag?.toLowerCase(), ...macs].filter((each) => each !== undefined);
  return names.includes(name.toLowerCase());
}

function known(machines: readonly KnownMachine[]): string {
  const names = machines
    .slice(0, 20)
    .map(({ id, profile }) => (profile === undefined ? id : `${profile} (${id})`));
  return names.length === 0 ? 'a machine that asked once; none did' : names.join(', ');
}
