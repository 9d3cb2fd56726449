import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readContent } from '../../../src/build/content.ts';
import { readParts } from '../../../src/build/parts.ts';
import type { Lock } from '../../../src/packages/lock.ts';
import { homeLines, sysusersLines } from '../../../src/plan/accounts.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { Plan, PlannedStage } from '../../../src/plan/plan.ts';
import { listRecipes } from '../../../src/recipe/list.ts';
import { loadRecipe } from '../../../src/recipe/load.ts';
import type { Recipe } from '../../../src/recipe/recipe.ts';
import { lockedPackage } from '../../support/locked-package.ts';

const home = resolve(import.meta.dirname, '../../..');
const imagesDir = resolve(home, 'images');
/** Stands in for the compiled agent: plans must not change with each line of its code. */
const agentFolder = resolve(home, 'test/fixtures/agent');
/** Likewise for the compiled installer. */
const liveFolder = resolve(home, 'test/fixtures/installer');

/** A lock with what a recipe asks for by name, and nothing else: a plan's shape does not depend on Debian's day. */
function lockFor(recipe: Recipe): Lock {
  const packages = (requests: readonly { name: string }[]) =>
    requests.map(({ name }) => lockedPackage(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    basaltLock: 1,
    image: recipe.name,
    suite: recipe.suite,
    architecture: 'amd64',
    epoch: 1_700_000_000,
    request: '',
    root: packages(recipe.packages.add),
    initrd: packages(recipe.initrd.packages),
    kernel: [lockedPackage('linux-image-6.12.0-cloud-amd64')],
    live: [],
    tools: [],
  };
}

async function planOf(
  name: string,
  set: readonly string[] = [],
  version = '1.0',
  agent = agentFolder,
): Promise<Plan> {
  const recipe = await loadRecipe(name, { imagesDir, set: [...set] });
  const [content, { parts }] = await Promise.all([
    readContent(recipe, version),
    readParts(home, agent, liveFolder),
  ]);
  return makePlan({ recipe, lock: lockFor(recipe), content, parts, tools: 'tools', version }).plan;
}

const recipes = await listRecipes(imagesDir);

test('there are recipes', () => {
  expect(recipes.map(({ name }) => name)).toEqual(expect.arrayContaining(['base', 'qemu']));
});

test.each(recipes.map(({ name }) => name))('the plan of %s is the golden one', async (name) => {
  const plan = await planOf(name);
  await expect(`${JSON.stringify(plan, null, 2)}\n`).toMatchFileSnapshot(
    resolve(home, `test/golden/plans/${name}.json`),
  );
});

/** Ids of the stages whose digest differs between two plans. */
function changed(before: Plan, after: Plan): string[] {
  return after.stages
    .filter(({ id, digest }) => before.stages.find((stage) => stage.id === id)?.digest !== digest)
    .map(({ id }) => id);
}

test('a change rebuilds only what it touches', async () => {
  const plan = await planOf('qemu');
  expect(changed(plan, await planOf('qemu'))).toEqual([]);
  expect(changed(plan, await planOf('qemu', ['compression.level=9']))).toEqual([
    'root',
    'verity',
    'uki',
    'disk',
    'qcow2',
  ]);
  expect(changed(plan, await planOf('qemu', ['systemd.mask=x.service']))).toEqual([
    'root',
    'verity',
    'uki',
    'disk',
    'qcow2',
  ]);
  expect(changed(plan, await planOf('qemu', ['kernel.arguments=debug']))).toEqual([
    'blank-uki',
    'uki',
    'disk',
    'qcow2',
  ]);
  expect(changed(plan, await planOf('qemu', ['packages.add=tmux']))).toEqual(
    expect.arrayContaining(['fetch-root', 'packages', 'root']),
  );
  expect(changed(plan, await planOf('qemu', ['packages.add=tmux']))).not.toEqual(
    expect.arrayContaining(['initrd']),
  );
  expect(changed(plan, await planOf('qemu', ['formats=raw']))).toEqual([]);
});

test('arguments of the live system are in its kernel command line, and in nothing that is installed', async () => {
  const own = 'basalt.install.server=http://10.0.0.1:8080';
  const [plan, asking] = [await planOf('installer'), await planOf('installer', [`live.arguments=${own}`])];
  expect(changed(plan, asking)).toEqual(['pxe', 'live-uki', 'iso']);
  const pxe = asking.stages.find((stage) => stage.kind === 'pxe') as PlannedStage<'pxe'>;
  expect(pxe.options.arguments).toContain(own);
  const rest = asking.stages.filter((stage) => stage.kind !== 'pxe');
  expect(JSON.stringify(rest)).not.toContain(own);
});

test('another agent is another root, in images that run it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-plan-'));
  try {
    await writeFile(join(folder, 'main.js'), 'print("another");\n');
    const another = await planOf('qemu', [], '1.0', folder);
    expect(changed(await planOf('qemu'), another)).toEqual(['root', 'verity', 'uki', 'disk', 'qcow2']);
    const root = another.stages.find((stage) => stage.kind === 'root') as PlannedStage<'root'>;
    expect(root.options.entries).toContainEqual(
      expect.objectContaining({ path: '/usr/lib/basalt/agent/main.js', mode: 0o644, owner: '0' }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('no path of the build machine is in a plan', async () => {
  expect(JSON.stringify(await planOf('qemu'))).not.toContain(home);
});

test('users become sysusers.d and tmpfiles.d lines', () => {
  const user = {
    name: 'core',
    uid: 1000,
    group: undefined,
    groups: ['sudo'],
    shell: '/bin/bash',
    home: '/home/core',
    description: 'Basalt "user"',
    sshAuthorizedKeys: ['ssh-ed25519 AAAA 100%'],
    origin: { file: 'x', line: 1, column: 1 },
  };
  expect(sysusersLines([user]).split('\n').slice(1, -1)).toEqual([
    'u core 1000 "Basalt \\"user\\"" /home/core /bin/bash',
    'g sudo -',
    'm core sudo',
  ]);
  expect(homeLines([user])).toContain(
    'f /var/home/core/.ssh/authorized_keys 0600 core core - ssh-ed25519 AAAA 100%%\\n',
  );
});
