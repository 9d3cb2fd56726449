import { expect, test } from 'vitest';
import { exitCodeOf, failureEvent, renderFailure } from '../../../src/cli/failure.ts';
import { BugError, InterruptedError, ToolError, UserError } from '../../../src/errors.ts';

const plain = { verbose: false, color: false };

function linesOf(
  error: unknown,
  options: Partial<Parameters<typeof renderFailure>[1]> = {},
): readonly string[] {
  return renderFailure(error, { ...plain, ...options }).split('\n');
}

const unknownImage = new UserError('image-unknown', 'no image is named kore', {
  seen: 'kore',
  needed:
    'one of core, container-host, dell-r760, edge, builder, minimal, and whatever else lies in the folder images/',
  where: '/srv/images',
  next: [
    'list the images there are: basalt list',
    'or name a recipe file, with a path that starts with a dot or a slash, as for any other program: basalt build ./kore.yaml',
  ],
});

test('a user error: what was seen, needed, where, and what to do next', () => {
  expect(linesOf(unknownImage)).toEqual([
    'error: no image is named kore',
    '',
    '  seen    kore',
    '  needed  one of core, container-host, dell-r760, edge, builder, minimal, and',
    '          whatever else lies in the folder images/',
    '  where   /srv/images',
    '',
    '  next',
    '    - list the images there are: basalt list',
    '    - or name a recipe file, with a path that starts with a dot or a slash, as',
    '      for any other program: basalt build ./kore.yaml',
  ]);
});

test('a summary alone is one line', () => {
  expect(linesOf(new UserError('x', 'that is not so'))).toEqual(['error: that is not so']);
});

test('problems stand at file:line:column, with their hints', () => {
  const error = new UserError('recipe-invalid', 'the recipe core has 3 problems', {
    problems: [
      {
        file: 'images/core.yaml',
        line: 12,
        column: 5,
        message: 'unknown key "pakages"',
        hint: 'did you mean "packages"?',
      },
      {
        file: 'images/features/docker.yaml',
        line: 3,
        column: 11,
        message: 'expected a size such as 512M, found "lots", which is neither a number nor a unit',
      },
      { file: 'images/base.yaml', line: 0, column: 0, message: 'is missing' },
    ],
  });
  expect(linesOf(error)).toEqual([
    'error: the recipe core has 3 problems',
    '',
    '  images/core.yaml:12:5: unknown key "pakages"',
    '    hint: did you mean "packages"?',
    '  images/features/docker.yaml:3:11:',
    '    expected a size such as 512M, found "lots", which is neither a number nor a',
    '    unit',
    '  images/base.yaml: is missing',
  ]);
});

const commandLine = `mksquashfs /build/tree /build/root.squashfs ${'-option value '.repeat(10)}-end`;
const stderr = [
  ...Array.from({ length: 20 }, (_, index) => `line ${index + 1}`),
  '\u001b[31mFATAL\u001b[0m: full',
  '',
];
const toolError = new ToolError('mksquashfs', commandLine, 1, stderr.join('\n'));

test('a tool error: its last lines, and the whole command on one line', () => {
  expect(linesOf(toolError)).toEqual([
    'error: mksquashfs failed with exit code 1',
    '',
    '  the last 12 lines it wrote',
    ...Array.from({ length: 11 }, (_, index) => `    line ${index + 10}`),
    '    FATAL: full',
    '',
    '  the command',
    `    ${commandLine}`,
  ]);
});

test('verbose shows all that a tool wrote, and causes', () => {
  const lines = linesOf(
    new ToolError('t', 't', 2, stderr.join('\n'), { cause: new Error('the deeper reason') }),
    { verbose: true },
  );
  expect(lines).toContain('    line 1');
  expect(lines).toContain('  what it wrote');
  expect(lines).toContain('  caused by');
  expect(lines.join('\n')).toContain('Error: the deeper reason');
});

test('a tool that said nothing, or was ended by a signal', () => {
  expect(linesOf(new ToolError('t', 't --x', undefined, '', { signal: 'SIGKILL' }))).toEqual([
    'error: t was ended by SIGKILL',
    '',
    '  it wrote nothing to stderr',
    '',
    '  the command',
    '    t --x',
  ]);
});

test('a defect says whose it is, and shows its stack', () => {
  const lines = linesOf(new BugError('a stage ended twice'));
  expect(lines.slice(0, 6)).toEqual([
    'defect: a stage ended twice',
    '',
    '  This is a defect in Basalt, not in what you asked for. Please report it',
    '  together with the lines below and the command you ran.',
    '',
    '    BugError: a stage ended twice',
  ]);
  expect(lines[6]).toMatch(/^ {8}at .*failure\.test\.ts/);
  expect(linesOf(new TypeError('x is not a function'))[0]).toBe('defect: x is not a function');
  expect(linesOf('a thrown string').at(-1)).toBe('    a thrown string');
});

test('an interruption is one calm line', () => {
  expect(linesOf(new InterruptedError())).toEqual(['interrupted; nothing was left behind']);
});

test('a full disk is no defect of Basalt', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    path: '/var/tmp/x',
  });
  expect(linesOf(error)).toEqual([
    'error: no space is left on the disk',
    '',
    '  seen    ENOSPC: no space left on device, write',
    '  where   /var/tmp/x',
    '',
    '  next',
    '    - free some space there: `df -h` shows how much each disk has',
  ]);
  expect(exitCodeOf(error)).toBe(1);
});

test.each([unknownImage, toolError, new BugError('b'), new InterruptedError()])(
  'colour only adds to the text: %s',
  (error) => {
    const colored = renderFailure(error, { ...plain, color: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what this is about.
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(renderFailure(error, plain));
    expect(renderFailure(error, plain)).not.toContain('\u001b');
  },
);

test('colour is there when asked for', () => {
  expect(renderFailure(unknownImage, { ...plain, color: true })).toContain('\u001b[31merror:\u001b[39m');
});

test('prose keeps to the width; paths are not broken', () => {
  const path = `/srv/${'long/'.repeat(20)}end`;
  const lines = linesOf(
    new UserError('x', 'a sentence of several words here', { where: path, needed: 'a b c d e f g' }),
    {
      columns: 32,
    },
  );
  expect(lines).toEqual([
    'error: a sentence of several',
    '       words here',
    '',
    '  needed  a b c d e f g',
    `  where   ${path}`,
  ]);
});

test.each([
  [new UserError('x', 'x'), 1],
  [new UserError('x', 'x', { exitCode: 2 }), 2],
  [new UserError('x', 'x', { problems: [{ file: 'f', line: 1, column: 1, message: 'm' }] }), 3],
  [toolError, 4],
  [new BugError('x'), 70],
  [new Error('x'), 70],
  ['x', 70],
  [new InterruptedError(), 130],
])('the exit code of %s is %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('machines get the same facts', () => {
  expect(failureEvent(unknownImage)).toEqual({
    type: 'failure',
    code: 'image-unknown',
    summary: 'no image is named kore',
    seen: unknownImage.seen,
    needed: unknownImage.needed,
    where: '/srv/images',
    next: unknownImage.next,
    problems: [],
  });
  expect(failureEvent(new UserError('x', 'y'))).toEqual({
    type: 'failure',
    code: 'x',
    summary: 'y',
    next: [],
    problems: [],
  });
  expect(failureEvent(toolError)).toMatchObject({
    code: 'tool-failed',
    summary: 'mksquashfs failed with exit code 1',
    seen: toolError.stderrTail,
    where: commandLine,
  });
  expect(failureEvent(new InterruptedError())).toMatchObject({ code: 'interrupted' });
  expect(failureEvent(new BugError('b'))).toMatchObject({ code: 'bug', summary: 'b' });
});
