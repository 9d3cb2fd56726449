/** `basalt release`: the group of commands around the update repository. One file per command. */
import type { Command } from 'commander';
import { addReleaseAdd } from './release-add.ts';
import { addReleaseDelta } from './release-delta.ts';
import { addReleaseExpire } from './release-expire.ts';
import { addReleaseInit } from './release-init.ts';
import { addReleasePromote, addReleaseWithdraw } from './release-promote.ts';
import { addReleaseRotate } from './release-rotate.ts';
import { addReleaseVerify } from './release-verify.ts';

export function registerRelease(program: Command): void {
  const release = program
    .command('release')
    .description('keep the repository that machines update from')
    .addHelpText(
      'after',
      `
A repository is a folder of plain files for any static web server, signed in
The Update Framework format. docs/updates/repository.md is the guide.

Example:
  ./basalt release init updates --keys keys
  ./basalt release add updates out/qemu/1.2.0 --keys keys
  ./basalt release promote updates 1.2.0 --channel stable --keys keys
`,
    );
  for (const add of [
    addReleaseInit,
    addReleaseAdd,
    addReleaseDelta,
    addReleasePromote,
    addReleaseWithdraw,
    addReleaseExpire,
    addReleaseRotate,
    addReleaseVerify,
  ])
    add(release);
}
