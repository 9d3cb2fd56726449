import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8 } from '../../../../src/agent/machine/utf8.ts';

/** The platform's own, which throws for anything that is not UTF-8. */
function standard(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

test('texts of every script come back, also longer than one piece', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 6000 }), (text) => {
      expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
    }),
    { numRuns: 200 },
  );
  expect(decodeUtf8(new TextEncoder().encode('ä€𝄞'.repeat(5000)))).toBe('ä€𝄞'.repeat(5000));
});

test('it accepts exactly what the standard decoder accepts', () => {
  const edges = [
    0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
    0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...edges), { maxLength: 6 }), (list) => {
      const bytes = Uint8Array.from(list);
      const mine = decodeUtf8(bytes);
      expect(typeof mine === 'string' ? mine : undefined).toBe(standard(bytes));
      if (typeof mine === 'number') expect(standard(bytes.subarray(0, mine))).toBeDefined();
    }),
    { numRuns: 50_000 },
  );
});
