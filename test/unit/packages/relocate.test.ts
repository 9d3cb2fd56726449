import { expect, test } from 'vitest';
import type { Lock } from '../../../src/packages/lock.ts';
import { relocate } from '../../../src/packages/relocate.ts';
import { lockedPackage } from '../../support/locked-package.ts';

test('a lock can be fetched from other mirrors, security updates from the security mirror', () => {
  const lock: Lock = {
    basaltLock: 1,
    image: 'x',
    suite: 'trixie',
    architecture: 'amd64',
    epoch: 1,
    request: 'r',
    root: [lockedPackage('a', { uri: 'http://one.example/debian/pool/main/a/a_1.deb' })],
    initrd: [lockedPackage('b', { uri: 'http://one.example/debian-security/pool/updates/main/b/b_1.deb' })],
    kernel: [],
    live: [],
    tools: [],
  };
  const moved = relocate(lock, { archive: 'http://two.example/d', security: 'http://two.example/s' });
  expect(moved.root[0]?.uri).toBe('http://two.example/d/pool/main/a/a_1.deb');
  expect(moved.initrd[0]?.uri).toBe('http://two.example/s/pool/updates/main/b/b_1.deb');
  expect(moved.root[0]?.sha256).toBe(lock.root[0]?.sha256);
  expect(relocate(lock, undefined)).toBe(lock);
});
