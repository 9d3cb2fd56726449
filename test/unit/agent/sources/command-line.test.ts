import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kernelArgument, splitCommandLine } from '../../../../src/agent/sources/command-line.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const on = (line: string) => new FakeHost({ files: { '/proc/cmdline': line } });

test('words are split at white space, outside of double quotes', () => {
  expect(splitCommandLine('ro  a=b\tc="d e" "f=g h"\n')).toEqual(['ro', 'a=b', 'c=d e', 'f=g h']);
});

test('the last value counts, an empty one takes earlier ones back', () => {
  expect(kernelArgument(on('x.url=http://a x.url=http://b?c=d'), 'x.url')).toBe('http://b?c=d');
  expect(kernelArgument(on('x.url=http://a x.url='), 'x.url')).toBeUndefined();
  expect(kernelArgument(on('ax.url=1 x.urls=2 x.url'), 'x.url')).toBeUndefined();
  expect(kernelArgument(new FakeHost(), 'x.url')).toBeUndefined();
});

test('any line is split without losing what is no quote or space', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(splitCommandLine(line).join('').replace(/\s/g, '')).toBe(line.replace(/["\s]/g, ''));
    }),
  );
});
