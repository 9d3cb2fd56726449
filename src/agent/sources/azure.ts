/** Microsoft Azure (DMI, then the instance metadata service): docs/sources/azure.md. */
import { decodeBase64 } from '../../cloud-config/base64.ts';
import type { Host } from '../host.ts';
import { type Attempt, persist } from '../http/retry.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { dmi } from './dmi.ts';
import { askLinkLocal, LINK_LOCAL } from './link-local.ts';
import { hostnameFrom, keysIn } from './metadata.ts';
import { reading } from './reading.ts';
import { METADATA_MAXIMUM_BYTES } from './size.ts';
import type { Found, Source } from './source.ts';
import { presentText, userDataText } from './user-data.ts';

/** The asset tag of every machine's chassis on Azure. */
const CHASSIS = '7783-7084-3265-9085-8269-3286-77';
/** The first version with user data is 2021-01-01. */
const API = 'metadata/instance?api-version=2021-02-01&format=json';
const WHERE = 'the instance metadata service';

export const azure: Source = azureAt(LINK_LOCAL);

/** The source, with its service at another address than the usual. */
export function azureAt(base: string): Source {
  return {
    name: 'azure',
    isHere: (host) => dmi(host, 'chassis_asset_tag') === CHASSIS,
    read: (host, deadlineMs) =>
      reading('azure', WHERE, () => {
        const document = persist(host, deadlineMs, WHERE, () => fetchDocument(host, deadlineMs, base));
        return instanceOf(host, base, document);
      }),
  };
}

/** All that the service says, in one answer. */
function fetchDocument(host: Host, deadlineMs: number, base: string): Attempt<Uint8Array> {
  const what = {
    url: `${base}/${API}`,
    headers: { Metadata: 'true' },
    maximumBytes: METADATA_MAXIMUM_BYTES,
  };
  // 410 asks for patience: for 70 seconds at most, says Azure's documentation ("Errors and debugging").
  const attempt = askLinkLocal(host, deadlineMs, what, [410]);
  if (!('value' in attempt)) return attempt;
  if (attempt.value.status === 410)
    return { reason: 'the server answers 410: it is being updated', passing: true };
  return { value: attempt.value.body };
}

function instanceOf(host: Host, base: string, document: Uint8Array): Found {
  const { compute, network } = objectOf(parse(document));
  const { userData, name, osProfile, publicKeys } = objectOf(compute);
  const [card] = arrayOf(objectOf(network).interface).map(objectOf);
  const [ipv4] = arrayOf(objectOf(card?.ipv4).ipAddress).map(objectOf);
  const [ipv6] = arrayOf(objectOf(card?.ipv6).ipAddress).map(objectOf);
  return {
    source: 'azure',
    where: `${base}/${API}`,
    userData: userDataText(host, decoded(textOf(userData))),
    metadata: {
      // Machines of a specialized image have no profile; the name is that of the resource then.
      hostname: hostnameFrom(host, 'azure', textOf(objectOf(osProfile).computerName) ?? textOf(name)),
      sshAuthorizedKeys: arrayOf(publicKeys).flatMap((key) =>
        // Azure also takes RFC 4716 keys, which sshd does not.
        keysIn(textOf(objectOf(key).keyData)?.replace(/^----[\s\S]*/, '') ?? ''),
      ),
      addresses: {
        private_ipv4: textOf(ipv4?.privateIpAddress),
        public_ipv4: textOf(ipv4?.publicIpAddress),
        private_ipv6: textOf(ipv6?.privateIpAddress),
      },
    },
  };
}

function parse(document: Uint8Array): unknown {
  const text = presentText(document, 'what it says') ?? '';
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable('what it says is not JSON');
  }
}

function decoded(userData: string | undefined): Uint8Array | undefined {
  if (userData === undefined) return undefined;
  const bytes = decodeBase64(userData);
  if (bytes === undefined) throw new Unreadable('compute/userData is not base64');
  return bytes;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {};
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that says something: what an instance does not have is an empty one. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
