import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { drawScreen, pictures, screenText, titleOf } from '../../../scripts/draw-screens.mjs';

test.each(Object.entries(pictures))('docs/pictures/%s.svg shows what the tests saw', (picture, name) => {
  const text = screenText(name);
  const file = resolve(import.meta.dirname, `../../../docs/pictures/${picture}.svg`);
  // `node scripts/draw-screens.mjs` draws them anew.
  expect(readFileSync(file, 'utf8')).toBe(drawScreen(text, titleOf(text)));
});

test('signs of XML are escaped', () => {
  expect(drawScreen('\n\n< a & b >\n', 'x')).toContain('>&lt; a &amp; b &gt;</text>');
});
