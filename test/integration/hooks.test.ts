/** Hooks, overlays, and which stages a change makes needed again. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/build/manifest.ts';
import type { ToolFailure } from '../../src/tools/toolbox.ts';
import { builtStages, failureOf, projectHome, referenceBuild, workFolder } from '../support/builder.ts';
import { ChangedTiny } from '../support/changed-tiny.ts';
import { fileInRoot, listRoot } from '../support/root-image.ts';
import { onTerminal } from '../support/terminal.ts';
import { testToolbox } from '../support/toolbox.ts';

let work: Awaited<ReturnType<typeof workFolder>>;
let tiny: ChangedTiny;

beforeAll(async () => {
  work = await workFolder('hooks');
  tiny = await ChangedTiny.make(await referenceBuild(), work.path);
  await mkdir(join(work.path, 'recipes/overlay/etc'), { recursive: true });
});

afterAll(() => work.remove());

const build = (name: string, lines: readonly string[]) => tiny.build(name, lines);

async function rootImage(name: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(work.path, name, 'manifest.json'), 'utf8')) as Manifest;
  return join(work.path, name, manifest.artifacts.find(({ role }) => role === 'root')?.file ?? '');
}

const hook = (name: string, text: string) => writeFile(join(work.path, 'recipes', name), text);

it('a tool that fails shows its sandbox to whoever watches', async () => {
  let failure: ToolFailure | undefined;
  const toolbox = (await testToolbox()).watched(async (seen) => {
    failure = seen;
  });
  await writeFile(join(work.path, 'input'), 'what it had');
  const binds = [{ source: join(work.path, 'input'), target: '/in/input' }];
  await expect(toolbox.run(['cat', '/in/other'], { binds })).rejects.toThrow('cat failed with exit code 1');
  expect(failure?.command).toEqual(['cat', '/in/other']);
  expect(await onTerminal(failure?.shell ?? ['false'], 'cat /in/*; exit\n')).toContain('what it had');
});

describe('a changed overlay file', () => {
  it('makes only the root image and what holds it again', async () => {
    const lines = ['overlays: [overlay]'];
    const file = join(work.path, 'recipes/overlay/etc/motd');
    await writeFile(file, 'one\n');
    expect(builtStages(await build('overlay', lines))).toEqual(['disk', 'root', 'uki', 'verity']);
    expect(builtStages(await build('overlay', lines))).toEqual([]);

    await writeFile(file, 'two\n');
    expect(builtStages(await build('overlay', lines))).toEqual(['disk', 'root', 'uki', 'verity']);
    expect(await fileInRoot(await rootImage('overlay'), '/etc/motd')).toBe('two\n');
    // And back again: what was made before is still there.
    await writeFile(file, 'one\n');
    expect(builtStages(await build('overlay', lines))).toEqual([]);
    expect(await fileInRoot(await rootImage('overlay'), '/etc/motd')).toBe('one\n');
  });
});

describe('a hook', () => {
  it('changes the tree with zx, as root, without a network, and cannot change the machine', async () => {
    const outside = join(work.path, 'outside');
    const outcome = await build('hook', [
      'hooks:',
      `  - script: ${join(projectHome, 'test/fixtures/hooks/change.mjs')}`,
      `    environment: { GREETING: "it's me", OUTSIDE: ${outside} }`,
    ]);
    expect(failureOf(outcome)).toBeUndefined();
    expect(builtStages(outcome)).toEqual(['disk', 'hooks', 'root', 'uki', 'verity']);
    const image = await rootImage('hook');
    expect(await fileInRoot(image, '/etc/from-hook')).toBe("it's me\n");
    expect(await fileInRoot(image, '/etc/routes')).toBe('0');
    expect(await fileInRoot(image, '/etc/outside')).toBe('1');
    expect(await fileInRoot(image, '/etc/mounted')).not.toBe('0');
    // CAP_SYS_ADMIN is 21 (linux/capability.h): with it, the machine could be made writable.
    const capabilities = Number.parseInt(await fileInRoot(image, '/etc/capabilities'), 16);
    expect(capabilities & (1 << 21)).toBe(0);
    expect(capabilities & 1, 'CAP_CHOWN').toBe(1);
    await expect(stat(outside)).rejects.toThrow('ENOENT');
    const listing = await listRoot(image);
    expect(listing.get('/etc/from-hook')).toMatch(/^-rw-r----- 1\/2 /);
    expect(listing.has('/usr/bin/tac')).toBe(false);
    expect(listing.has('/usr/bin/cat')).toBe(true);
  });

  it('that fails is named with what it said', async () => {
    await hook('good.mjs', 'echo`fine`;');
    await hook('bad.mjs', 'await $`echo the reason >&2; exit 3`;');
    const outcome = await build('bad', ['hooks:', '  - script: good.mjs', '  - script: bad.mjs']);
    expect(outcome.exitCode).toBe(1);
    expect(failureOf(outcome)).toMatchObject({
      code: 'hook-failed',
      where: join(work.path, 'recipes/bad.mjs'),
      seen: expect.stringContaining('the reason'),
    });
  });

  it('that fails gives a shell in its tree to whoever asked for one', async () => {
    await hook('look.mjs', 'await $`touch here; exit 3`;');
    await tiny.change(['hooks: [{ script: look.mjs, environment: { WHERE: hook } }]']);
    const shown = await onTerminal(
      [join(projectHome, 'basalt'), ...tiny.args('look'), '--store', tiny.store.directory, '--debug-shell'],
      'echo "$WHERE: $(ls here) $(ls usr/bin/cat)"; exit\n',
    );
    expect(shown).toContain('hook: here usr/bin/cat');
    expect(shown).toMatch(/where +\S*recipes\/look\.mjs/);
  });

  it('that is changed runs again; it starts in the tree', async () => {
    const lines = ['hooks:', '  - script: again.mjs'];
    await hook('again.mjs', 'fs.writeFileSync("etc/again", "one");');
    expect(failureOf(await build('again', lines))).toBeUndefined();
    await hook('again.mjs', 'fs.writeFileSync("etc/again", "two");');
    expect(builtStages(await build('again', lines))).toContain('hooks');
    expect(await fileInRoot(await rootImage('again'), '/etc/again')).toBe('two');
  });
});
