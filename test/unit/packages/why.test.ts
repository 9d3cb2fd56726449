import { expect, test } from 'vitest';
import type { Lock, LockedPackage } from '../../../src/packages/lock.ts';
import { type Requests, type Why, why } from '../../../src/packages/why.ts';

function entry(name: string, depends: string[][] = [], extra: Partial<LockedPackage> = {}): LockedPackage {
  return {
    name,
    version: '1',
    architecture: 'amd64',
    sha256: 'a'.repeat(64),
    sizeBytes: 1,
    installedSizeBytes: 1,
    uri: '',
    essential: false,
    depends,
    preDepends: [],
    provides: [],
    ...extra,
  };
}

const lock: Lock = {
  basaltLock: 1,
  image: 'x',
  suite: 'trixie',
  architecture: 'amd64',
  epoch: 1,
  request: '',
  root: [
    entry('docker', [['runc'], ['adduser']]),
    entry('runc', [['libc']]),
    entry('etcd', [['libc']]),
    entry('adduser', [['perl']]),
    entry('perl', [['libc'], ['libcrypt']], { essential: true }),
    entry('libcrypt'),
    entry('base-files', [['awk']], { essential: true }),
    entry('mawk', [['libc']], { provides: ['awk'] }),
    entry('libc'),
  ],
  initrd: [entry('mawk', [['libc']], { provides: ['awk'] }), entry('libc')],
  kernel: [entry('linux-image-6.12')],
  live: [],
  tools: [],
};

const request = (name: string, line: number) => ({ name, origin: { file: 'x.yaml', line, column: 1 } });
const requests: Requests = {
  root: [request('docker', 1), request('etcd', 2)],
  initrd: [request('mawk', 3)],
  kernel: [request('linux-image-amd64', 4)],
  live: [],
  drop: [request('adduser', 5), request('perl', 6)],
  dropped: new Set(['adduser', 'perl', 'libcrypt']),
};

function chains([found]: readonly Why[], set: string): string[] | undefined {
  return found?.sets
    .find((reason) => reason.set === set)
    ?.chains.map(
      (chain) =>
        `${chain.request?.line ?? 'essential'}: ${chain.links.map(({ name, as }) => (as ? `${name}/${as}` : name)).join(' ')}`,
    );
}

test('the shortest chain from each request, shortest first, in each set', () => {
  const found = why(lock, requests, 'libc');
  expect(chains(found, 'root')).toEqual([
    '2: etcd libc',
    '1: docker runc libc',
    'essential: base-files mawk/awk libc',
  ]);
  expect(chains(found, 'initrd')).toEqual(['3: mawk libc']);
});

test('what was asked for by name is a chain of itself', () => {
  expect(chains(why(lock, requests, 'docker'), 'root')).toEqual(['1: docker']);
});

test('the kernel leads from its meta package', () => {
  expect(chains(why(lock, requests, 'linux-image-6.12'), 'kernel')).toEqual([
    '4: linux-image-amd64 linux-image-6.12',
  ]);
});

test('a name that packages provide finds them', () => {
  expect(why(lock, requests, 'awk').map((found) => found.package)).toEqual(['mawk']);
});

test('dropped by a recipe line, or because nothing that stayed needs it', () => {
  const drop = (name: string) => why(lock, requests, name)[0]?.sets[0]?.drop;
  expect(drop('adduser')).toMatchObject({ kind: 'recipe', origin: { line: 5 } });
  expect(drop('libcrypt')).toEqual({ kind: 'unneeded' });
  expect(drop('libc')).toBeUndefined();
  // Chains to what left may lead through others that left.
  expect(chains(why(lock, requests, 'libcrypt'), 'root')).toEqual([
    'essential: perl libcrypt',
    '1: docker adduser perl libcrypt',
  ]);
});

test('an unknown package has no reasons', () => {
  expect(why(lock, requests, 'nosuch')).toEqual([]);
});

test('cycles end', () => {
  const cycle = { ...lock, root: [entry('a', [['b']]), entry('b', [['a']])] };
  expect(chains(why(cycle, { ...requests, root: [request('a', 9)] }, 'b'), 'root')).toEqual(['9: a b']);
});
