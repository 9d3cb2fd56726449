import { expect, test } from 'vitest';
import { createPaint, wantsColor } from '../../../src/report/paint.ts';

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  // no-color.org: present and not empty.
  [{ isTTY: true }, { NO_COLOR: '' }, true],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{}, {}, false],
  [{}, { FORCE_COLOR: '1' }, true],
  [{}, { FORCE_COLOR: '0' }, false],
  [{ isTTY: true }, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('wantsColor(%j, %j) is %s', (stream, env, expected) => {
  expect(wantsColor(stream, env)).toBe(expected);
});

test('paint adds codes only with colour, and none to nothing', () => {
  expect(createPaint(true)('bad', 'x')).toBe('\u001b[31mx\u001b[39m');
  expect(createPaint(true)('bad', '')).toBe('');
  expect(createPaint(false)('bad', 'x')).toBe('x');
});
