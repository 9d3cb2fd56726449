/** What a server may answer, and what nobody takes from it. */
import { expect, test } from 'vitest';
import { readServerAnswer } from '../../../../src/install/unattended/server-answer.ts';

const read = (value: unknown) =>
  readServerAnswer(
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    'http://10.0.0.1:8080/v1/ask?…',
  );
const install = { action: 'install', image: 'live', version: '1.0.0', arguments: ['quiet'] };

test('what is not for a live system is passed over', () => {
  expect(read({ ...install, name: 'one', kernel: 'http://x/k', initrds: [] })).toEqual(install);
  expect(read({ action: 'disk', lines: ['one is installed'], later: 1 })).toEqual({
    action: 'disk',
    lines: ['one is installed'],
    installed: false,
  });
});

test('lines go to a terminal: nothing that it would obey, and no more than it can show', () => {
  const answer = read({
    action: 'disk',
    installed: true,
    lines: ['\u001b[2Jgone\u0007\r\n', 'a\u202eb', 'x'.repeat(1000)],
  });
  expect(answer).toEqual({
    action: 'disk',
    installed: true,
    lines: ['[2Jgone', 'a b', `${'x'.repeat(300)}…`],
  });
});

const SECRET = 'S3cretS3cretS3cret';

test.each<[string, unknown, string]>([
  ['a page', `<html>${SECRET}`, 'it is no JSON in UTF-8'],
  ['nothing', '', 'it is no JSON in UTF-8'],
  ['a number', 1, 'it is wrong at its top'],
  ['another action', { action: SECRET }, 'it is wrong at action'],
  ['no arguments', { ...install, arguments: undefined, x: SECRET }, 'it is wrong at arguments'],
  ['an argument that is none', { ...install, arguments: ['a', { b: SECRET }] }, 'it is wrong at arguments.1'],
  ['an endless argument', { ...install, arguments: [SECRET.repeat(200)] }, 'it is wrong at arguments.0'],
  ['too many arguments', { ...install, arguments: Array(257).fill('a') }, 'it is wrong at arguments'],
  ['no version', { ...install, version: '' }, 'it is wrong at version'],
  ['too many lines', { action: 'disk', lines: Array(21).fill('a') }, 'it is wrong at lines'],
])('%s is refused, and not repeated', (_, value, seen) => {
  let error: unknown;
  try {
    read(value);
  } catch (cause) {
    error = cause;
  }
  expect(error).toMatchObject({ code: 'answer-invalid', seen, where: 'http://10.0.0.1:8080/v1/ask?…' });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error as object))).not.toContain(SECRET);
});
