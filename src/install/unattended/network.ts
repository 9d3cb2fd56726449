/** Waiting for the network, and no longer than it takes: a server is there when it takes a connection. */
import { connect } from 'node:net';
import { UserError } from '../../errors.ts';
import { shownAddress } from './address.ts';
import { type Attempt, persist } from './patience.ts';

/** A card whose link comes up loses what is sent at first; another attempt does better than waiting. */
const CONNECT_LIMIT_MS = 3000;

/**
 * Connects to the server of an address until it succeeds, and sends nothing: what opens once stays closed.
 * @returns Why there is no connection after so long; undefined when there is one.
 */
export async function waitForServer(
  url: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const result = await reachServer(url, limitMs, signal);
  return 'value' in result ? undefined : result.reason;
}

/** As {@link waitForServer}. @returns The address of this machine that the connection came from. */
export function reachServer(url: string, limitMs: number, signal: AbortSignal): Promise<Attempt<string>> {
  const { hostname, port, protocol } = new URL(url);
  const place = {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
  return persist(limitMs, signal, () => tryConnect(place, signal));
}

/** @param noun Which server. @param reason As {@link waitForServer} gives it, after so long. */
export function unreachable(noun: string, url: string, reason: string, limitMs: number): UserError {
  return new UserError('server-unreachable', `${noun} cannot be reached`, {
    where: shownAddress(url),
    seen: `${reason}, for ${Math.round(limitMs / 1000)} s`,
    next: [
      'look at the cable, the VLAN and the DHCP server',
      'networkctl status shows what this machine has',
    ],
  });
}

function tryConnect(
  place: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Attempt<string>> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...place, signal });
    const end = (attempt: Attempt<string>) => {
      socket.destroy();
      resolve(attempt);
    };
    socket.setTimeout(CONNECT_LIMIT_MS, () => end({ reason: 'it does not answer', passing: true }));
    socket.once('connect', () => end({ value: socket.localAddress ?? '' }));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(error);
      else end({ reason: reasonOf(error), passing: true });
    });
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved';
    case 'ECONNREFUSED':
      return 'it refuses the connection';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'there is no way to it: has this machine an address?';
    default:
      return message;
  }
}
