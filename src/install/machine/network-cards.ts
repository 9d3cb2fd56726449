/** Network cards: interfaces with a device behind them, which leaves out loopback, bridges, bonds and VLANs. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';
import type { NetworkCard } from '../machine.ts';

/** @param addresses What node:os says of the interfaces that are up. */
export async function networkCards(
  root: string,
  addresses: ReturnType<typeof networkInterfaces>,
): Promise<readonly NetworkCard[]> {
  const folder = join(root, 'sys/class/net');
  const names = (await readdir(folder).catch(() => [])).sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const cards = await Promise.all(
    names.map((name) => cardOf(join(folder, name), name, addresses[name] ?? [])),
  );
  return cards.filter((card) => card !== undefined);
}

async function cardOf(
  folder: string,
  name: string,
  addresses: readonly { readonly cidr: string | null; readonly scopeid?: number }[],
): Promise<NetworkCard | undefined> {
  const text = async (attribute: string) =>
    (await readFile(join(folder, attribute), 'utf8').catch(() => undefined))?.trim() || undefined;
  const device = await readlink(join(folder, 'device')).catch(() => undefined);
  if (device === undefined) return undefined;
  const driver = await readlink(join(folder, 'device/driver')).catch(() => undefined);
  const [mac, carrier, speed] = await Promise.all(['address', 'carrier', 'speed'].map(text));
  const megabits = Number(speed);
  return {
    name,
    mac: mac ?? '',
    driver: driver === undefined ? undefined : basename(driver),
    // An interface that is down has no carrier to read.
    link: carrier === '1' ? 'up' : carrier === '0' ? 'down' : 'unknown',
    // Without a link drivers say -1, or 2^32 - 1.
    megabitsPerSecond: megabits > 0 && megabits < 2 ** 31 ? megabits : undefined,
    addresses: addresses.flatMap(({ cidr }) => (cidr === null || cidr.startsWith('fe80:') ? [] : [cidr])),
  };
}
