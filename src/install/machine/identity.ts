/** What a machine says of itself to a provisioning server: word for word what iPXE would say, so that it is one machine there. */
import { readFile } from 'node:fs/promises';
import type { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';

/** SMBIOS strings as the firmware has them (DSP0134, 7.2), placeholders included: the server knows those that name nobody. */
export interface Identity {
  /** Of the card that the server was reached by. */
  readonly mac: string;
  readonly uuid: string | undefined;
  readonly serial: string | undefined;
  readonly vendor: string | undefined;
  readonly model: string | undefined;
}

/**
 * @param root Folder with `sys`; another one in tests.
 * @param localAddress Of this end of a connection to the server: of several cards, the one whose route leads there.
 * @param addresses What node:os says of the interfaces that are up.
 * @throws {UserError} `card-unknown`.
 */
export async function readIdentity(
  root: string,
  localAddress: string,
  addresses: ReturnType<typeof networkInterfaces>,
): Promise<Identity> {
  // As iPXE's ${uuid}, ${serial}, ${manufacturer} and ${product}; Linux swaps the UUID's bytes as iPXE does, from SMBIOS 2.6.
  const [uuid, serial, vendor, model] = await Promise.all(
    ['product_uuid', 'product_serial', 'sys_vendor', 'product_name'].map(
      async (name) =>
        (await readFile(join(root, 'sys/class/dmi/id', name), 'utf8').catch(() => '')).trim() || undefined,
    ),
  );
  return { mac: macOf(localAddress, addresses), uuid, serial, vendor, model };
}

function macOf(localAddress: string, addresses: ReturnType<typeof networkInterfaces>): string {
  const [address] = localAddress.split('%');
  const found = Object.values(addresses).flatMap((each) => each ?? []);
  const mac = found.find((each) => each.address === address)?.mac;
  // Loopback and tunnels have no address of hardware.
  if (mac !== undefined && mac !== '00:00:00:00:00:00') return mac;
  throw new UserError('card-unknown', 'the network card that leads to the server has no MAC', {
    seen: `this machine reached it from ${address}`,
    needed: 'a network card: a server knows machines by their MACs',
    next: ['networkctl status shows what this machine has'],
  });
}
