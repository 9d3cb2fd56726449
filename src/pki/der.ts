/** DER, as far as certificates need it: ITU-T X.690, the distinguished encoding rules. */

/** An encoded value. */
export type Der = Buffer;

/** @param tag The identifier octet: class, constructed bit and number. */
function tagged(tag: number, content: Uint8Array): Der {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length, ...octets]), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Der => tagged(0x30, Buffer.concat(parts));

export const set = (part: Uint8Array): Der => tagged(0x31, part);

export const boolean = (value: boolean): Der => tagged(0x01, Buffer.from([value ? 0xff : 0]));

/** A number that is not negative, most significant octet first. */
export function integer(octets: Uint8Array): Der {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const least = octets.subarray(start);
  return tagged(0x02, ((least[0] ?? 0) & 0x80) === 0 ? least : Buffer.concat([Buffer.from([0]), least]));
}

export const octetString = (content: Uint8Array): Der => tagged(0x04, content);

/** @param unusedBits Bits at the end of the last octet that are not part of it. */
export const bitString = (content: Uint8Array, unusedBits = 0): Der =>
  tagged(0x03, Buffer.concat([Buffer.from([unusedBits]), content]));

export const utf8String = (text: string): Der => tagged(0x0c, Buffer.from(text, 'utf8'));

/** `1.2.840.10045.4.3.2` and its like. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second];
  for (const number of rest) {
    const groups = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    octets.push(...groups);
  }
  return tagged(0x06, Buffer.from(octets));
}

/** Whole seconds in UTC; RFC 5280, 4.1.2.5: two digits of the year up to 2049, four after. */
export function time(date: Date): Der {
  const digits = `${date.toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`;
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2), 'ascii'))
    : tagged(0x18, Buffer.from(digits, 'ascii'));
}

/** Context-specific and constructed: `[0]`, `[3]`. */
export const explicit = (number: number, content: Uint8Array): Der => tagged(0xa0 | number, content);

/** Context-specific and primitive. */
export const implicit = (number: number, content: Uint8Array): Der => tagged(0x80 | number, content);
