/** Google Compute Engine (DMI, then the metadata server): docs/sources/gce.md. */
import { decodeBase64 } from '../../cloud-config/base64.ts';
import type { Host } from '../host.ts';
import { persist } from '../http/retry.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { dmi } from './dmi.ts';
import { googleKeysIn } from './gce-keys.ts';
import { askLinkLocal, inOneGo, LINK_LOCAL, needed } from './link-local.ts';
import { hostnameFrom } from './metadata.ts';
import { reading } from './reading.ts';
import { METADATA_MAXIMUM_BYTES, USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Found, Source } from './source.ts';
import { presentText, userDataText } from './user-data.ts';

const WHERE = 'the metadata server';

export const gce: Source = gceAt(LINK_LOCAL);

/** The source, with its server at another address than the usual. */
export function gceAt(base: string): Source {
  return {
    name: 'gce',
    // "Detect if a VM is running in Compute Engine" (Compute Engine's documentation).
    isHere: (host) => dmi(host, 'product_name') === 'Google Compute Engine',
    read: (host, deadlineMs) =>
      reading('gce', WHERE, () =>
        persist(host, deadlineMs, WHERE, () =>
          inOneGo(() => readInstance(host, deadlineMs, `${base}/computeMetadata/v1`)),
        ),
      ),
  };
}

function readInstance(host: Host, deadlineMs: number, address: string): Found {
  const bytes = (path: string, maximumBytes: number): Uint8Array | undefined => {
    const url = `${address}/${path}`;
    // Without the header the server refuses: a plain GET that somebody makes a machine send has none.
    const headers = { 'Metadata-Flavor': 'Google' };
    const { status, body } = needed(
      askLinkLocal(host, deadlineMs, { url, headers, maximumBytes }, [404]),
      path,
    );
    return status === 404 ? undefined : body;
  };
  const text = (path: string): string | undefined => {
    const body = bytes(path, METADATA_MAXIMUM_BYTES);
    return (body && presentText(body, path)?.trim()) || undefined;
  };
  const card = 'instance/network-interfaces/0';
  return {
    source: 'gce',
    where: `${address}/instance/attributes/user-data`,
    userData: userDataText(
      host,
      decoded(
        bytes('instance/attributes/user-data', USER_DATA_MAXIMUM_BYTES),
        text('instance/attributes/user-data-encoding'),
      ),
    ),
    metadata: {
      hostname: hostnameFrom(host, 'gce', text('instance/hostname')),
      sshAuthorizedKeys: sshKeys(text),
      addresses: {
        private_ipv4: text(`${card}/ip`),
        public_ipv4: text(`${card}/access-configs/0/external-ip`),
      },
    },
  };
}

/** An attribute is text: what is packed comes in base64, and another attribute says so, as for cloud-init. */
function decoded(bytes: Uint8Array | undefined, encoding: string | undefined): Uint8Array | undefined {
  if (bytes === undefined || encoding === undefined) return bytes;
  if (encoding !== 'base64')
    throw new Unreadable(`the attribute user-data-encoding is "${encoding}"; base64 is supported`);
  const data = decodeBase64(presentText(bytes, 'the attribute user-data') ?? '');
  if (data === undefined) throw new Unreadable('the attribute user-data is not base64, as its encoding says');
  return data;
}

/**
 * Keys of the instance and, unless it blocks them, of its project. With OS Login keys in metadata count for nothing ("Add SSH
 * keys to VMs that use metadata-based SSH keys").
 */
function sshKeys(text: (path: string) => string | undefined): string[] {
  const isOn = (value: string | undefined) => /^(true|1|yes|y)$/i.test(value ?? '');
  const login = text('instance/attributes/enable-oslogin') ?? text('project/attributes/enable-oslogin');
  if (isOn(login)) return [];
  const own = text('instance/attributes/ssh-keys') ?? '';
  const blocked = isOn(text('instance/attributes/block-project-ssh-keys'));
  const shared = blocked ? '' : (text('project/attributes/ssh-keys') ?? '');
  return googleKeysIn(`${own}\n${shared}`);
}
