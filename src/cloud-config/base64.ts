/** Base64 and UTF-8 by hand: QuickJS has neither atob nor TextEncoder. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Value by character code; 255 for what is not in the alphabet. */
function valuesByCode(): Uint8Array {
  const values = new Uint8Array(128).fill(255);
  for (let value = 0; value < ALPHABET.length; value++) values[ALPHABET.charCodeAt(value)] = value;
  return values;
}

/**
 * Decodes base64 of RFC 4648, section 4, white space between its characters included.
 * @returns Undefined when the text is not base64.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const plain = text.replace(/[ \t\r\n]+/g, '');
  const digits = plain.replace(/={0,2}$/, '');
  if (plain.length % 4 !== 0 && digits.length !== plain.length) return undefined;
  if (digits.length % 4 === 1) return undefined;
  const values = valuesByCode();
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < digits.length; index++) {
    const value = values[digits.charCodeAt(index)] ?? 255;
    if (value === 255) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  return bytes;
}

/** The bytes of a text; a lone half of a surrogate pair becomes U+FFFD, as the encoding standard has it. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    let code = text.codePointAt(index) ?? 0;
    if (code > 0xffff) index++;
    else if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes[at++] = ([0, 0xc0, 0xe0, 0xf0][more] ?? 0) | (code >> (6 * more));
    for (let shift = 6 * (more - 1); shift >= 0; shift -= 6) bytes[at++] = 0x80 | ((code >> shift) & 0x3f);
  }
  return bytes.slice(0, at);
}

/** Base64 of RFC 4648, section 4, in one line. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3);
    const digits = [
      first >> 2,
      ((first & 3) << 4) | ((second ?? 0) >> 4),
      (((second ?? 0) & 15) << 2) | ((third ?? 0) >> 6),
      (third ?? 0) & 63,
    ];
    const there = 1 + Math.min(bytes.length - at, 3);
    text += digits.map((digit, index) => (index < there ? ALPHABET[digit] : '=')).join('');
  }
  return text;
}
