import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseParagraphs, parseRelations } from '../../../src/packages/control.ts';
import { formatLock, type Lock, type LockedPackage, parseLock } from '../../../src/packages/lock.ts';
import { nearNames } from '../../../src/packages/near-names.ts';
import { closure, PackageIndex, unpackOrder } from '../../../src/packages/order.ts';
import { droppedPackages } from '../../../src/plan/dropped.ts';
import { lockedPackage as pkg } from '../../support/locked-package.ts';

const names = (packages: Iterable<LockedPackage>) => [...packages].map(({ name }) => name);

function lockOf(root: LockedPackage[]): Lock {
  return {
    basaltLock: 1,
    image: 'x',
    suite: 'trixie',
    architecture: 'amd64',
    epoch: 1,
    request: 'r',
    root,
    initrd: [],
    kernel: [],
    live: [],
    tools: [],
  };
}

test('control files: fields, continuation lines, paragraphs', () => {
  const [first, second] = parseParagraphs(
    'Package: a\nDescription: short\n long\n .\nVersion: 1:2\n\nPackage: b\n',
  );
  expect(first?.get('Description')).toBe('short\nlong\n.');
  expect(first?.get('Version')).toBe('1:2');
  expect(second?.get('Package')).toBe('b');
});

test('relations: alternatives, versions and architectures left out', () => {
  expect(parseRelations('libc6 (>= 2.38), dbus:any | default-dbus [linux-any], init')).toEqual([
    ['libc6'],
    ['dbus', 'default-dbus'],
    ['init'],
  ]);
  expect(parseRelations(undefined)).toEqual([]);
});

test('unpacking starts with base-files, puts pre-dependencies and essential packages first, and survives cycles', () => {
  const packages = [
    pkg('zsh', { depends: [['libc6']] }),
    pkg('bash', { essential: true, preDepends: [['libc6']], depends: [['base-files']] }),
    pkg('libc6', { depends: [['libgcc']] }),
    pkg('libgcc', { depends: [['libc6']] }),
    pkg('base-files', { essential: true, preDepends: [['awk']] }),
    pkg('mawk', { provides: ['awk'] }),
  ];
  const { order, essential } = unpackOrder(packages);
  expect(names(order)).toEqual(['mawk', 'base-files', 'libgcc', 'libc6', 'bash', 'zsh']);
  expect(names(essential)).toEqual(['mawk', 'base-files', 'libgcc', 'libc6', 'bash']);
});

test('the order is a permutation that does not depend on the order of the input', () => {
  const graph = fc
    .uniqueArray(fc.integer({ min: 0, max: 14 }), { minLength: 1 })
    .chain((ids) =>
      fc.tuple(
        fc.constant(ids),
        fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), { maxLength: 40 }),
        fc.shuffledSubarray(ids, { minLength: ids.length }),
      ),
    );
  fc.assert(
    fc.property(graph, ([ids, edges, shuffled]) => {
      const make = (id: number) =>
        pkg(`p${id}`, { depends: edges.filter(([from]) => from === id).map(([, to]) => [`p${to}`]) });
      const first = names(unpackOrder(ids.map(make)).order);
      expect(names(unpackOrder(shuffled.map(make)).order)).toEqual(first);
      expect([...first].sort()).toEqual(ids.map((id) => `p${id}`).sort());
    }),
  );
});

test('dropped: what the recipe drops, and what only that needed', () => {
  const lock = lockOf([
    pkg('ssh', { depends: [['adduser'], ['libc6']] }),
    pkg('adduser', { depends: [['perl'], ['libc6']] }),
    pkg('perl', { depends: [['libdb']] }),
    pkg('libdb'),
    pkg('libc6'),
    pkg('dash', { essential: true }),
    pkg('dpkg', { essential: true, depends: [['tar']] }),
    pkg('tar'),
  ]);
  expect(droppedPackages(lock, new Set(['ssh']), new Set(['adduser', 'dpkg']))).toEqual([
    'adduser',
    'dpkg',
    'libdb',
    'perl',
    'tar',
  ]);
});

test('closures stop at a cut', () => {
  const packages = [pkg('a', { depends: [['b']] }), pkg('b', { depends: [['c']] }), pkg('c')];
  const index = new PackageIndex(packages);
  expect(names(closure(index, packages.slice(0, 1), ({ name }) => name === 'b'))).toEqual(['a']);
});

test('near names: misspellings first, then longer names', () => {
  const known = ['docker.io', 'docker-cli', 'dock', 'openssh-server', 'etcd-server', 'nftables', 'bash'];
  expect(nearNames('nftabels', known, 3)).toEqual(['nftables']);
  expect(nearNames('docker', known, 3)).toEqual(['dock', 'docker.io', 'docker-cli']);
  expect(nearNames('zzzzzz', known, 3)).toEqual([]);
});

test('a lock reads back as it was written, one package a line', () => {
  const lock = lockOf([pkg('a', { depends: [['b', 'c']] }), pkg('b')]);
  const text = formatLock(lock);
  expect(parseLock(text, 'x.json')).toEqual(lock);
  expect(text.split('\n').filter((line) => line.includes('"sha256"'))).toHaveLength(2);
  expect(() => parseLock('{}', 'x.json')).toThrow('cannot be used');
  expect(() => parseLock('[', 'x.json')).toThrow('not JSON');
});
