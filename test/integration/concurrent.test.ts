/** Several builds at once on one store. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  basalt,
  builtStages,
  cloneStore,
  failureOf,
  imageDigests,
  messages,
  type Reference,
  referenceBuild,
  temporaryFiles,
  workFolder,
  wrongObjects,
} from '../support/builder.ts';

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;

beforeAll(async () => {
  work = await workFolder('concurrent');
  reference = await referenceBuild();
});

afterAll(() => work.remove());

describe('two builds of the same image at once', () => {
  it.each([
    ['the same folder', 'out', 'out', /another build writes .*; waiting for it/],
    ['two folders', 'one', 'two', /waiting for another build to finish/],
  ])('into %s make each stage once, and both succeed', async (name, one, two, waiting) => {
    const folder = join(work.path, name.replaceAll(' ', '-'));
    await mkdir(folder);
    const store = join(folder, 'store');
    await cloneStore(reference, store, { packages: true, stages: [] });
    const runs = await Promise.all(
      [one, two].map((output) => basalt([...reference.args, '--output', join(folder, output)], { store })),
    );
    for (const run of runs) expect(failureOf(run)).toBeUndefined();
    const stages = reference.plan.stages.map(({ id }) => id).sort();
    expect(runs.flatMap(builtStages).sort()).toEqual(stages);
    expect(runs.flatMap((run) => messages(run, 'info'))).toContainEqual(expect.stringMatching(waiting));
    for (const output of [one, two]) {
      expect(await imageDigests(join(folder, output))).toEqual(reference.digests);
    }
    expect(await wrongObjects(store)).toEqual([]);
    expect(await temporaryFiles(folder)).toEqual([]);
  });
});
