/** Amazon EC2 (DMI, then the metadata service): docs/sources/ec2.md. */
import type { Host } from '../host.ts';
import { type Attempt, persist } from '../http/retry.ts';
import { dmi } from './dmi.ts';
import { type Imds, imdsAddresses, openImds } from './ec2-imds.ts';
import { inOneGo, needed } from './link-local.ts';
import { hostnameFrom, keysIn } from './metadata.ts';
import { reading } from './reading.ts';
import { METADATA_MAXIMUM_BYTES, USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Found, Source } from './source.ts';
import { presentText, userDataText } from './user-data.ts';

const WHERE = 'the instance metadata service';
const MAXIMUM_KEYS = 100;

export const ec2: Source = ec2At(imdsAddresses);

/** The source, with its service at other addresses than the usual. */
export function ec2At(addresses: readonly string[]): Source {
  return {
    name: 'ec2',
    isHere: isEc2,
    read: (host, deadlineMs) =>
      reading('ec2', WHERE, () => {
        const found = persist(host, deadlineMs, WHERE, () => session(host, deadlineMs, addresses));
        if (found !== 'off') return found;
        host.log(
          'warning',
          'ec2: passed over: the instance metadata service is switched off for this instance',
        );
        return undefined;
      }),
  };
}

/**
 * Instances of the Nitro system name their maker. Those of Xen have a UUID that begins with ec2, which one machine
 * in four thousand has by chance: the second sign must be there too (EC2 user guide, "Detect whether a host is an EC2
 * instance").
 */
function isEc2(host: Host): boolean {
  if (dmi(host, 'sys_vendor') === 'Amazon EC2' || dmi(host, 'bios_vendor') === 'Amazon EC2') return true;
  if (/^ec2/i.test(host.readText('/sys/hypervisor/uuid') ?? '')) return true;
  return /^ec2/i.test(dmi(host, 'product_uuid')) && /amazon$/i.test(dmi(host, 'product_version'));
}

/** Everything with one token; a failure in between begins again with a new one. */
function session(host: Host, deadlineMs: number, addresses: readonly string[]): Attempt<Found | 'off'> {
  const opened = openImds(host, deadlineMs, addresses);
  if (!('value' in opened)) return opened;
  const imds = opened.value;
  if (imds === 'off') return { value: 'off' };
  return inOneGo(() => readInstance(host, imds));
}

function readInstance(host: Host, imds: Imds): Found {
  const bytes = (path: string, maximumBytes: number): Uint8Array | undefined =>
    needed(imds.get(path, maximumBytes), path);
  const text = (name: string): string | undefined => {
    const body = bytes(`meta-data/${name}`, METADATA_MAXIMUM_BYTES);
    return body && presentText(body, name)?.trim();
  };
  const userData = userDataText(host, bytes('user-data', USER_DATA_MAXIMUM_BYTES));
  const [privateIpv4, publicIpv4, ipv6] = [text('local-ipv4'), text('public-ipv4'), text('ipv6')];
  return {
    source: 'ec2',
    where: `${imds.address}/user-data`,
    userData,
    metadata: {
      hostname: hostnameFrom(host, 'ec2', text('hostname')),
      sshAuthorizedKeys: keyNumbers(text('public-keys/')).flatMap((number) =>
        keysIn(text(`public-keys/${number}/openssh-key`) ?? ''),
      ),
      addresses: { private_ipv4: privateIpv4, public_ipv4: publicIpv4, public_ipv6: ipv6 },
    },
  };
}

/** The listing has a line `0=name` for each key. */
function keyNumbers(listing: string | undefined): string[] {
  const numbers = (listing ?? '').split('\n').flatMap((line) => /^([0-9]{1,4})=/.exec(line)?.[1] ?? []);
  return numbers.slice(0, MAXIMUM_KEYS);
}
