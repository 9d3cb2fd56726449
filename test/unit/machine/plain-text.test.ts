import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainTextStream, plainText } from '../../../src/machine/plain-text.ts';

const systemd = '[\u001b[0;32m  OK  \u001b[0m] Reached target \u001b[0;1;39mmulti-user.target\u001b[0m.\r\n';
const firmware = '\u001b[2J\u001b[01;01H\u001b[=3h\u001b[2J\u001b[01;01H>>Start PXE\r\n';
const context = '\u001b]3008;start=0a1b;type=boot\u001b\\Welcome\u001b]0;title\u0007!\r\r\n';

describe('plainText', () => {
  it.each([
    [systemd, '[  OK  ] Reached target multi-user.target.\n'],
    [firmware, '>>Start PXE\n'],
    [context, 'Welcome!\n'],
    ['a\r\u001b[Kb\tc\u0000\n', 'a\nb\tc\n'],
  ])('keeps what is read of %j', (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });
});

describe('PlainTextStream', () => {
  it('gives the same, however the text is cut', () => {
    const text = `${systemd}${firmware}${context}end`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 })), (cuts) => {
        const stream = new PlainTextStream();
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(pieces.map((piece) => stream.push(piece)).join('')).toBe(plainText(text));
      }),
    );
  });

  it('does not wait for ever for the end of a stray escape', () => {
    const stream = new PlainTextStream();
    expect(stream.push('\u001b]')).toBe('');
    expect(stream.push('x'.repeat(5000))).toContain('xxx');
  });
});
