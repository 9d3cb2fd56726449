import { expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../../src/cloud-config/base64.ts';

it('base64 of every length is what Node.js makes of it, and comes back', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length * 11) % 256);
    const text = encodeBase64(bytes);
    expect(text).toBe(Buffer.from(bytes).toString('base64'));
    expect(decodeBase64(text)).toEqual(bytes);
  }
});
