/** Power cuts in the middle of an update, in small: `npm run power-loss` is the same with larger numbers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { currentIdentity } from '../../src/exec/identity.ts';
import type { Workshop } from '../../src/inspect/workshop.ts';
import { Store } from '../../src/store/store.ts';
import { bootStates } from '../support/power-loss/boots.ts';
import { checkRecording } from '../support/power-loss/check.ts';
import { killMachines } from '../support/power-loss/kills.ts';
import { type Recording, recordAll } from '../support/power-loss/recording.ts';
import { openScene, type Scene } from '../support/power-loss/scene.ts';

let folder: string;
let scene: Scene;
let recording: Recording;
let workshop: Workshop;
const tell = (text: string) => process.stderr.write(`${text}\n`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-power-loss-test-'));
  scene = await openScene(folder, 1);
  const [only] = await recordAll(scene, tell);
  if (only === undefined) throw new Error('nothing was recorded');
  recording = only;
  workshop = {
    toolbox: async () => scene.toolbox,
    store: new Store(join(folder, 'store')),
    identity: currentIdentity(),
    signal: new AbortController().signal,
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('whatever of the writes reached the disk: a whole version starts, and /var is sound', async () => {
  const result = await checkRecording(scene, workshop, recording, {
    seed: 1,
    scratch: folder,
    oneIn: 10,
    tell,
  });
  expect(result.failures).toEqual([]);
  expect(result.writesToActive).toBe(0);
  // The whole update is in it: names, the slot and its UKI, and a machine that came up with it.
  expect(result.windows).toMatchObject({ table: expect.any(Number), esp: expect.any(Number) });
  expect(result.logBytes).toBeGreaterThan(recording.step.to.root.sizeBytes);
  expect(Object.keys(result.first)).toEqual(
    expect.arrayContaining([
      `basalt_${recording.step.from.version}.efi`,
      `basalt_${recording.step.to.version}.efi`,
    ]),
  );
});

test('machines start from such states, and take the update after all', async () => {
  const options = { seed: 1, scratch: folder, oneIn: 10, tell, count: 2, completeOneIn: 2 };
  const results = await bootStates(scene, workshop, recording, options);
  expect(results.map(({ problems }) => problems)).toEqual([[], []]);
  expect(results.map(({ completed }) => completed)).toEqual([false, true]);
});

test('a machine that is killed in the middle comes back, and takes the update after all', async () => {
  const { kills, completed, problems } = await killMachines(scene, [recording], { seed: 1, count: 2, tell });
  expect(problems).toEqual([]);
  expect(kills.map((kill) => kill.problems)).toEqual([[], []]);
  expect(completed).toBeGreaterThan(0);
});
