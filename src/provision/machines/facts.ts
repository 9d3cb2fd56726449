/** What a machine says of itself when it asks: SMBIOS strings and the address of the card it boots from. */
import { FACT_MAXIMUM_CHARACTERS, isOwnUuid, normalMac, normalUuid } from './words.ts';

/** What a machine is known by. */
export interface MachineFacts {
  readonly mac: string;
  /** Undefined when the firmware has none of its own. */
  readonly uuid: string | undefined;
  readonly serviceTag: string | undefined;
  readonly vendor: string | undefined;
  readonly model: string | undefined;
}

/** Serial numbers that firmware has when nobody wrote one. */
const NO_SERIAL =
  /^(to be filled by o\.e\.m\.?|default string|system serial number|not specified|none|0+|n\/a)$/i;

/** Names of the query parameters, in the order of messages. */
const NAMES = ['mac', 'uuid', 'serial', 'vendor', 'model'] as const;

/** @returns The facts, or a sentence on what is wrong with them. */
export function readFacts(query: URLSearchParams): MachineFacts | string {
  for (const name of NAMES)
    if (query.getAll(name).length > 1) return `"${name}" is given ${query.getAll(name).length} times`;
  const mac = normalMac(query.get('mac') ?? '');
  if (mac === undefined) return 'mac is needed: six octets of the card that the machine boots from';
  const uuid = text(query, 'uuid');
  const normal = uuid === undefined ? undefined : normalUuid(uuid);
  if (uuid !== undefined && normal === undefined) return 'uuid is not a UUID';
  const [serial, vendor, model] = (['serial', 'vendor', 'model'] as const).map((name) => text(query, name));
  for (const [name, value] of [
    ['serial', serial],
    ['vendor', vendor],
    ['model', model],
  ] as const)
    if (value !== undefined && !isPlain(value))
      return `${name} has more than ${FACT_MAXIMUM_CHARACTERS} characters, or control characters`;
  return {
    mac,
    uuid: normal !== undefined && isOwnUuid(normal) ? normal : undefined,
    serviceTag: serial === undefined || NO_SERIAL.test(serial) ? undefined : serial,
    vendor,
    model,
  };
}

/** Without the spaces that firmware fills fields with; undefined when nothing is left. */
function text(query: URLSearchParams, name: string): string | undefined {
  const found = (query.get(name) ?? '').trim();
  return found === '' ? undefined : found;
}

function isPlain(value: string): boolean {
  return value.length <= FACT_MAXIMUM_CHARACTERS && !/[\p{Cc}\p{Cf}\ufffd]/u.test(value);
}
