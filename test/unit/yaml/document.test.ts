import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/yaml/document.ts';
import { positionsIn } from '../../../src/yaml/text-position.ts';

describe('readDocument', () => {
  it('remembers where values and keys are', () => {
    const document = readDocument('x', 'recipe', 'a: 1\nb:\n  - c: 0x10\n    d: ~\n');
    expect(document.value).toEqual({ a: 1, b: [{ c: 16, d: null }] });
    expect(document.place(['b', 0, 'c'])).toEqual({ file: 'x', line: 3, column: 8 });
    expect(document.keyPlace(['b', 0, 'c'])).toEqual({ file: 'x', line: 3, column: 5 });
    expect(document.written(['b', 0, 'c'])).toBe('0x10');
    expect(document.place(['b', 0, 'missing'])).toEqual({ file: 'x', line: 3, column: 5 });
    expect(document.place(['b', 7])).toEqual({ file: 'x', line: 3, column: 3 });
  });

  it('replaces aliases, and tells the place inside of the anchor', () => {
    const document = readDocument('x', 'recipe', 'a: &n [p, q]\nb: *n\n');
    expect(document.value).toEqual({ a: ['p', 'q'], b: ['p', 'q'] });
    expect(document.place(['b'])).toMatchObject({ line: 2, column: 4 });
    expect(document.place(['b', 1])).toMatchObject({ line: 1, column: 11 });
  });

  it('refuses an alias bomb quickly', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const startedAt = performance.now();
    const document = readDocument('x', 'recipe', bomb.join('\n'));
    expect(document.value).toBeUndefined();
    expect(document.problems.map((problem) => problem.message)).toEqual([
      'more than 20000 values, aliases included',
    ]);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it.each([
    ['an alias inside of its own anchor', 'a: &a [*a]\n', 'nested more than 32 deep'],
    ['deep nesting', `a: ${'['.repeat(100)}${']'.repeat(100)}`, 'nested more than 32 deep'],
    ['nesting that ends the stack', `a: ${'['.repeat(30_000)}`, ''],
    ['an unknown alias', 'a: *b\n', 'nothing is named by the anchor &b'],
    ['two documents', 'a: 1\n---\nb: 1\n', ''],
    ['an unknown tag', 'a: !secret x\n', 'Unresolved tag'],
    ['a tag outside of the core schema', 'a: !!binary aGk=\n', 'Unresolved tag'],
    ['tabs', 'a:\n\tb: 1\n', 'Tabs are not allowed'],
    ['a reserved key', '__proto__: {a: 1}\n', '"__proto__" is reserved'],
    ['a list as key', '? [a]\n: 1\n', 'a key that is not a word'],
  ])('refuses %s', (_, text, message) => {
    const { problems } = readDocument('x', 'recipe', text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.message).toContain(message);
  });
});

describe('positionsIn', () => {
  it('counts lines and columns from 1, at line ends too', () => {
    const at = positionsIn('ab\n\ncd');
    expect([0, 2, 3, 4, 6, 99].map((offset) => Object.values(at(offset)).join(':'))).toEqual([
      '1:1',
      '1:3',
      '2:1',
      '3:1',
      '3:3',
      '3:3',
    ]);
  });
});
