import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assertSpace, freeBytes } from '../../../src/cli/free-space.ts';
import { UserError } from '../../../src/errors.ts';

test('a path that is not there yet has the space of the folder it will be in', async () => {
  const free = await freeBytes('/proc/not/there');
  expect(free).toBe(0);
  expect(await freeBytes(join(tmpdir(), 'not/there/yet'))).toBeGreaterThan(0);
});

test('work that would not fit is refused, with what there is and what it needs', async () => {
  const need = { what: 'the tests', next: ['free some'] };
  await assertSpace({ ...need, paths: [[tmpdir(), 1]] });
  const refused = await assertSpace({
    ...need,
    paths: [
      [tmpdir(), 1],
      ['/proc', 1],
    ],
  }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect(refused).toMatchObject({
    message: 'the tests need more space than there is',
    seen: '0 B free',
    needed: '1 B',
    where: '/proc',
  });
});
