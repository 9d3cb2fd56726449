/** The update repository, with real keys, real zstd and made-up builds. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Check } from '../../src/inspect/check.ts';
import { addRelease } from '../../src/release/add.ts';
import type { ReleaseContext } from '../../src/release/context.ts';
import { makeDeltas } from '../../src/release/delta.ts';
import { initRepository } from '../../src/release/init.ts';
import { promote } from '../../src/release/promote.ts';
import { defaultLifetimes } from '../../src/release/roles.ts';
import { verifyRepository } from '../../src/release/verify.ts';
import { MIB } from '../../src/units.ts';
import { makeBuild, makeReleasePlace, type ReleasePlace } from '../support/release-build.ts';

let place: ReleasePlace;
beforeEach(async () => {
  place = await makeReleasePlace();
});
afterEach(() => place.remove());

const init = (context: ReleaseContext) =>
  initRepository(context, { rootKeys: 1, threshold: 1, lifetimes: defaultLifetimes });

async function problems(context: ReleaseContext, deep = true): Promise<Check[]> {
  const checks: Check[] = [];
  for await (const check of verifyRepository(context, { deep })) checks.push(check);
  expect(checks.length).toBeGreaterThan(5);
  return checks.filter(({ outcome }) => outcome !== 'ok');
}

test('a build is added, promoted, added to by deltas, and all of it verifies', async () => {
  const { context, folder } = place;
  await init(context);
  for (const version of ['1', '2']) {
    const build = await makeBuild(folder, { version, rootBytes: 4 * MIB });
    const added = await addRelease(context, { folder: build.folder });
    expect(added).toMatchObject({ image: 'qemu', version, state: 'added' });
    expect((await addRelease(context, { folder: build.folder })).state).toBe('kept');
    await promote(context, { version, channel: 'stable' });
  }
  const { deltas } = await makeDeltas(context, { version: '2', channel: 'stable', previous: 1 });
  expect(deltas.map(({ part, state }) => [part, state])).toEqual([
    ['verity', 'left-out'],
    ['root', 'made'],
    ['uki', 'made'],
  ]);
  expect(deltas[1]?.sizeBytes).toBeLessThan(20_000);
  expect(await problems(context)).toEqual([]);
});
