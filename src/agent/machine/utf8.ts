/** Strict UTF-8 (RFC 3629): QuickJS has no TextDecoder, and a reader that replaces bad bytes would change a configuration in silence. */

/** Lead byte ranges, bytes that follow, and the range of the first of those: RFC 3629, section 4. */
const FORMS: readonly { from: number; to: number; more: number; low: number; high: number }[] = [
  { from: 0xc2, to: 0xdf, more: 1, low: 0x80, high: 0xbf },
  { from: 0xe0, to: 0xe0, more: 2, low: 0xa0, high: 0xbf },
  { from: 0xe1, to: 0xec, more: 2, low: 0x80, high: 0xbf },
  { from: 0xed, to: 0xed, more: 2, low: 0x80, high: 0x9f },
  { from: 0xee, to: 0xef, more: 2, low: 0x80, high: 0xbf },
  { from: 0xf0, to: 0xf0, more: 3, low: 0x90, high: 0xbf },
  { from: 0xf1, to: 0xf3, more: 3, low: 0x80, high: 0xbf },
  { from: 0xf4, to: 0xf4, more: 3, low: 0x80, high: 0x8f },
];

/** Code units that are joined at a time: `String.fromCharCode` takes its arguments on the stack. */
const CHUNK = 4096;

/** @returns The text, or the offset of the first byte that is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | number {
  const pieces: string[] = [];
  let units: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    let point = lead;
    let length = 1;
    if (lead >= 0x80) {
      const form = FORMS.find(({ from, to }) => lead >= from && lead <= to);
      if (form === undefined) return at;
      point = lead & (0x3f >> form.more);
      for (let index = 1; index <= form.more; index++) {
        const byte = bytes[at + index];
        const [low, high] = index === 1 ? [form.low, form.high] : [0x80, 0xbf];
        if (byte === undefined || byte < low || byte > high) return at;
        point = (point << 6) | (byte & 0x3f);
      }
      length += form.more;
    }
    if (point > 0xffff) units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    else units.push(point);
    if (units.length >= CHUNK) {
      pieces.push(String.fromCharCode(...units));
      units = [];
    }
    at += length;
  }
  pieces.push(String.fromCharCode(...units));
  return pieces.join('');
}
