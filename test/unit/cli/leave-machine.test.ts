import { expect, test } from 'vitest';
import { inRounds } from '../../../src/cli/leave-machine.ts';
import type { Leaving } from '../../../src/install/unattended/round.ts';

/** Goes through rounds that end so. @returns What was done with the machine, in order. */
async function done(endings: readonly Leaving[], isLive = true): Promise<string[]> {
  const did: string[] = [];
  const left = [...endings];
  await inRounds(
    async () => {
      const next = left.shift();
      if (next === undefined) throw new Error('a round too many');
      did.push('round');
      return next;
    },
    {
      isLive: async () => isLive,
      pause: async (seconds) => {
        did.push(`${seconds} s`);
      },
      say: (text) => {
        did.push(text.split(' in ')[0] ?? '');
      },
      turnOff: async (how) => {
        did.push(how);
      },
    },
  );
  expect(left).toEqual([]);
  return did;
}

test('a server is asked until it says something that ends, soon after a failure and later when it waits for a person', async () => {
  expect(await done(['ask-again', 'ask-later', 'yes'])).toEqual([
    'round',
    'the server is asked again',
    '60 s',
    'round',
    'the server is asked again',
    '300 s',
    'round',
    'reboot',
  ]);
});

test('an installed machine goes at once; one that failed leaves time to read', async () => {
  expect(await done(['poweroff'])).toEqual(['round', 'poweroff']);
  expect(await done(['restart'])).toEqual(['round', 'this machine starts again', '60 s', 'reboot']);
});

test('a machine that is to stay does, and so does one that runs no live system', async () => {
  expect(await done(['no'])).toEqual(['round']);
  expect(await done(['stay'])).toEqual(['round']);
  for (const next of ['ask-again', 'ask-later', 'restart', 'yes', 'poweroff'] as const)
    expect(await done([next], false)).toEqual(['round']);
});
