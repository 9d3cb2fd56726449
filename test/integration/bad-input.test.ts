/** What the builder says to recipes that cannot become an image. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  basalt,
  builtStages,
  cloneStore,
  failureOf,
  type Outcome,
  type Reference,
  referenceBuild,
  tinyRecipe,
  workFolder,
} from '../support/builder.ts';

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;
let output: string;

beforeAll(async () => {
  work = await workFolder('bad-input');
  reference = await referenceBuild();
});

afterAll(() => work.remove());

beforeEach(({ task }) => {
  output = join(work.path, 'out', task.id);
});

async function recipe(name: string, text: string): Promise<string> {
  await mkdir(join(work.path, 'recipes'), { recursive: true });
  const file = join(work.path, 'recipes', name);
  await writeFile(file, text);
  return file;
}

const build = (file: string, ...args: string[]): Promise<Outcome> =>
  basalt(['build', file, '--output', output, ...args], { store: reference.store });

function expectNothingBuilt(outcome: Outcome): void {
  expect(outcome.events.filter(({ type }) => type === 'stage-start')).toEqual([]);
  expect(outcome.events.at(-1)).toMatchObject({ type: 'end', ok: false });
}

describe('a recipe', () => {
  it('with several mistakes shows all of them with file, line and column', async () => {
    const file = await recipe(
      'mistakes.yaml',
      [
        'description: A recipe with mistakes',
        'suite: 7',
        'packages:',
        '  add: [passwd, "Two Words"]',
        '  addd: [x]',
        'partitions: { esp: 10M, root: 100X }',
        'formats: [floppy]',
        'users:',
        '  - name: Root!',
        '',
      ].join('\n'),
    );
    const outcome = await build(file);
    expect(outcome.exitCode).toBe(3);
    const failure = failureOf(outcome);
    expect(failure?.code).toBe('recipe-invalid');
    expect(failure?.problems.every((problem) => problem.file === file)).toBe(true);
    expect(failure?.problems.map(({ line, column }) => `${line}:${column}`)).toEqual([
      '2:8',
      '4:17',
      '5:3',
      '6:20',
      '6:31',
      '7:11',
      '9:11',
    ]);
    expect(failure?.problems[2]?.hint).toContain('did you mean "add"?');
    expectNothingBuilt(outcome);
    await expect(readdir(output)).rejects.toThrow('ENOENT');
  });

  it('that asks for packages that do not exist shows the lines and near names', async () => {
    const file = await recipe(
      'unknown-packages.yaml',
      [
        `extends: ${tinyRecipe}`,
        'description: Packages that do not exist',
        'packages:',
        '  add:',
        '    - openssh-server',
        '    - vim-tinny',
        '    - dockr.io',
        'initrd:',
        '  packages: [no-such-thing-at-all]',
        '',
      ].join('\n'),
    );
    const outcome = await build(file);
    expect(outcome.exitCode).toBe(3);
    const failure = failureOf(outcome);
    expect(failure?.code).toBe('package-unknown');
    expect(failure?.problems).toMatchObject([
      { file, line: 6, column: 7, hint: expect.stringContaining('vim-tiny') },
      { file, line: 7, column: 7, hint: expect.stringContaining('docker.io') },
      { file, line: 9, column: 14 },
    ]);
    expect(failure?.problems.map(({ message }) => /no package named (\S+) in/.exec(message)?.[1])).toEqual([
      'vim-tinny',
      'dockr.io',
      'no-such-thing-at-all',
    ]);
    expectNothingBuilt(outcome);
  });

  it('whose packages exclude each other shows what apt says', async () => {
    const file = await recipe(
      'conflict.yaml',
      [
        `extends: ${tinyRecipe}`,
        'description: Two of a kind',
        'packages:',
        '  add: [exim4-daemon-light, postfix]',
        '',
      ].join('\n'),
    );
    const outcome = await build(file);
    expect(outcome.exitCode).toBe(1);
    expect(failureOf(outcome)).toMatchObject({
      code: 'unsolvable',
      seen: expect.stringMatching(/exim4-daemon-light|postfix/),
    });
    expectNothingBuilt(outcome);
  });
});

describe('an image whose parts do not fit', () => {
  it('says how large the root image is, and what takes the space', async () => {
    const store = await cloneStore(reference, join(work.path, 'store'), {
      packages: true,
      stages: ['fetch-root', 'fetch-kernel', 'fetch-initrd', 'kernel', 'packages'],
    });
    const outcome = await basalt(
      [
        ...reference.args,
        '--output',
        output,
        '--set',
        'compression.algorithm=none',
        '--set',
        'partitions.root=64M',
      ],
      { store: store.directory },
    );
    expect(outcome.exitCode).toBe(1);
    const failure = failureOf(outcome);
    expect(failure?.code).toBe('does-not-fit');
    expect(failure?.seen).toMatch(
      /the root image is \d+(\.\d)? MiB; largest packages: kernel modules \d+(\.\d)? MiB, /,
    );
    expect(failure?.needed).toBe('at most 64 MiB (partitions.root)');
    expect(failure?.next.join()).toContain('partitions.root');
    expect(builtStages(outcome)).not.toContain('root');
    await expect(readdir(output)).rejects.toThrow('ENOENT');
  });

  it('is refused before anything is built when the hash tree cannot fit', async () => {
    const outcome = await build(tinyRecipe, '--set', 'partitions.verity=1M');
    expect(outcome.exitCode).toBe(3);
    expect(failureOf(outcome)?.problems).toMatchObject([
      {
        message: expect.stringMatching(/verity is 1 MiB, too small .* 256 MiB/),
        hint: expect.stringContaining('3M'),
      },
    ]);
    expectNothingBuilt(outcome);
  });
});
