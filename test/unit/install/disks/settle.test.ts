import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitForDisks } from '../../../../src/install/disks/settle.ts';
import type { Programs } from '../../../../src/install/programs.ts';

const { signal } = new AbortController();

/** udevadm as it would be: how long it waits, and what it says at the end. */
function settling(takesMs: number, exitCode: number) {
  const commands: string[][] = [];
  const notes: string[] = [];
  const programs = (async (command: readonly string[]) => {
    commands.push([...command]);
    await sleep(takesMs);
    return { exitCode, stdout: '', stderr: '' };
  }) as unknown as Programs;
  const wait = (udev: string) =>
    waitForDisks({ programs, signal, onNote: (text) => notes.push(text), udev, toldAfterMs: 20 });
  return { commands, notes, wait };
}

test('drivers are waited for before a disk is chosen, without a word when it is quick', async () => {
  const { commands, notes, wait } = settling(0, 0);
  await wait('/proc/self');
  await sleep(40);
  expect(commands).toEqual([['udevadm', 'settle', '--timeout=200']]);
  expect(notes).toEqual([]);
});

test('a machine that takes long says so, and what is not ready', async () => {
  const { notes, wait } = settling(60, 1);
  await wait('/proc/self');
  expect(notes).toEqual([
    'waiting for the disks of this machine',
    'warning: some device is not ready after 200 s, and disks may be missing; look at dmesg',
  ]);
});

test('where no udev runs nothing is waited for', async () => {
  const { commands, wait } = settling(0, 0);
  await wait('/nonexistent/udev');
  expect(commands).toEqual([]);
});
