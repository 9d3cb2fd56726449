import { expect, test } from 'vitest';
import type { Key } from '../../../../src/tui/install/key.ts';
import { pressText, type TextField, textField, visiblePart } from '../../../../src/tui/install/text-field.ts';

const press = (field: TextField, ...keys: Key[]) =>
  keys.reduce((before, key) => pressText(before, key) ?? before, field);
const named = (...names: Exclude<Key['name'], 'text'>[]): Key[] => names.map((name) => ({ name }));

test('text is typed, moved in and removed', () => {
  expect(press(textField('node'), { name: 'text', text: '1' })).toEqual({ text: 'node1', at: 5 });
  expect(press(textField('nde'), ...named('home', 'right'), { name: 'text', text: 'o' }).text).toBe('node');
  expect(press(textField('node'), ...named('backspace', 'left', 'backspace')).text).toBe('nd');
  expect(press(textField('node'), ...named('home', 'delete', 'backspace')).text).toBe('ode');
  expect(press(textField('node'), ...named('home', 'left', 'end', 'right'))).toEqual(textField('node'));
  expect(press(textField('node'), ...named('clear'))).toEqual(textField());
  expect(pressText(textField('a'), { name: 'up' })).toBeUndefined();
});

test('no field grows without end', () => {
  expect(press(textField(), { name: 'text', text: 'x'.repeat(20_000) }).text).toHaveLength(8192);
});

test('of a long text the part with the cursor is seen', () => {
  const text = 'abcdefghij';
  expect(visiblePart({ text, at: 10 }, 12, '…')).toEqual({ text, column: 10 });
  expect(visiblePart({ text, at: 10 }, 6, '…')).toEqual({ text: '…ghij', column: 5 });
  for (let at = 0; at <= text.length; at++) {
    const { text: shown, column } = visiblePart({ text, at }, 6, '…');
    expect(shown.length).toBeLessThan(6);
    expect(column).toBeGreaterThanOrEqual(0);
    expect(column).toBeLessThan(6);
    // The character before the cursor is where it belongs.
    if (at > 0 && column > 1) expect(shown[column - 1]).toBe(text[at - 1]);
  }
});
