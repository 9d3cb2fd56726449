/** The words of machines.yaml, and of what machines say of themselves: MACs, UUIDs, addresses, names. */
import { z } from 'zod';

/** Six octets in hexadecimal, with colons or dashes. */
const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;
/** RFC 9562, section 4. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Of all SMBIOS strings this server takes, none is longer than this (DSP0134, 6.1.3, allows 64 in version 2). */
export const FACT_MAXIMUM_CHARACTERS = 64;

/** UUIDs that firmware has instead of one of its own: they name nobody. */
const NOBODY = new Set([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
]);

/** The usual spelling `aa:bb:cc:dd:ee:ff`; undefined for what is not the address of one network card. */
export function normalMac(text: string): string | undefined {
  if (!MAC.test(text)) return undefined;
  const mac = text.toLowerCase().replaceAll('-', ':');
  // The lowest bit of the first octet says group (IEEE 802, 8.2): no card has such an address of its own.
  const isGroup = Number.parseInt(mac.slice(0, 2), 16) % 2 === 1;
  return isGroup || mac === '00:00:00:00:00:00' ? undefined : mac;
}

/** In small letters; undefined for what is no UUID. */
export function normalUuid(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}

/** False for UUIDs that many machines have. */
export function isOwnUuid(uuid: string): boolean {
  return !NOBODY.has(uuid);
}

/** An IPv4 address as four octets; undefined for anything else. */
export function addressOctets(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  const fits = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256;
  return parts.length === 4 && parts.every(fits) ? parts.map(Number) : undefined;
}

function word(noun: string, describe: string, is: (text: string) => boolean) {
  return z
    .string()
    .refine(is, { error: `not ${noun}` })
    .meta({ description: describe });
}

export const mac = word(
  'the address of a network card',
  'the MAC of a network card, such as 52:54:00:12:34:56',
  (text) => normalMac(text) !== undefined,
);

export const uuid = word(
  'a UUID that only one machine has',
  "the system's UUID as `dmidecode -s system-uuid` prints it",
  (text) => isOwnUuid(normalUuid(text) ?? [...NOBODY][0] ?? ''),
);

export const fact = word(
  'a text of one line',
  `1 to ${FACT_MAXIMUM_CHARACTERS} characters of one line`,
  (text) => text.trim() !== '' && text.length <= FACT_MAXIMUM_CHARACTERS && !/\p{Cc}/u.test(text),
);

export const pattern = fact.meta({
  description: `1 to ${FACT_MAXIMUM_CHARACTERS} characters; * stands for any text, capital and small letters are alike`,
});

export const name = word('a name', 'a name of small letters, digits and dashes, such as rack4-7', (text) =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text),
);

export const version = word('a version', 'the version of a build, such as 1.2.0', (text) =>
  /^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/.test(text),
);

export const address = word(
  'an IPv4 address',
  'an IPv4 address, such as 10.0.10.1',
  (text) => addressOctets(text) !== undefined,
);

export const netInterface = word(
  'a network interface',
  'the name of a network interface as `ip link` shows it, such as eno2',
  // IFNAMSIZ with its NUL is 16 (linux/if.h).
  (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(text),
);

/** No white space, and nothing that iPXE or a shell reads as more than text. */
export const kernelArgument = word(
  'a kernel argument',
  'one kernel argument without spaces, such as console=ttyS1,115200n8; basalt.install.* are set by the server',
  (text) => /^[A-Za-z0-9][A-Za-z0-9._=,:@/+-]{0,255}$/.test(text) && !text.startsWith('basalt.install.'),
);

export const diskIdentity = word(
  'the identity of a disk',
  'letters, digits and . _ : - as lsblk shows it',
  (text) => /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(text),
);

export const devicePath = word(
  'the path of a disk',
  'a path below /dev, such as /dev/disk/by-path/pci-0000:65:00.0-scsi-0:2:0:0',
  (text) => /^\/dev(\/[A-Za-z0-9._:+@-]+)+$/.test(text) && !/(^|\/)\.\.?(\/|$)/.test(text),
);
