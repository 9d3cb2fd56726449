/** The keys of a repository change, rightly and wrongly. */
import { expect, test } from 'vitest';
import {
  rootSays,
  type Signers,
  signed,
  someSigners,
  type TestKey,
} from '../../../../support/tuf-repository.ts';
import { failureOf, machineAt2, PAST, put, refused, TIMESTAMP } from '../../../../support/update-attack.ts';
import type { UpdateMachine } from '../../../../support/update-machine.ts';

test('a new root takes over, by the keys of both', () => {
  const machine = machineAt2();
  machine.repository.addRoot(someSigners());
  machine.repository.addRoot(someSigners());
  put(machine, 3);
  expect(machine.open().versions.root).toBe(3);
  // The next time, the saved one is enough.
  machine.requests.length = 0;
  machine.open();
  expect(machine.requests).toEqual(['/metadata/4.root.json', TIMESTAMP]);
});

/** Version 2 of the root as an attacker would have it. */
function putRoot(machine: UpdateMachine, version: number, next: Signers, by: readonly TestKey[]): void {
  machine.repository.files.set('/metadata/2.root.json', signed(rootSays(next, version), by));
}

test('a root that the old keys have not signed', () => {
  const machine = machineAt2();
  const thief = someSigners();
  const [one] = machine.repository.signers.root.keys;
  putRoot(machine, 2, thief, [...thief.root.keys, one as TestKey]);
  expect(refused(machine).message).toContain(
    'root.json: it is signed by 1 of the 2 keys that the trusted root (version 1) asks for',
  );
});

test('a root that its own keys have not signed', () => {
  const machine = machineAt2();
  putRoot(machine, 2, someSigners(), machine.repository.signers.root.keys);
  expect(refused(machine).message).toContain('signed by 0 of the 2 keys that it itself (version 2) asks for');
});

test.each([1, 3])('a root that is not the next one: version %i', (version) => {
  const machine = machineAt2();
  const { signers } = machine.repository;
  putRoot(machine, version, signers, signers.root.keys);
  expect(refused(machine).message).toContain(`root.json: it has version ${version}, and should have 2`);
});

test('roots without end are followed only so far, and the next time goes on', () => {
  const machine = machineAt2();
  for (let count = 0; count < 258; count++) machine.repository.addRoot();
  const failure = failureOf(() => machine.open());
  expect(failure.message).toContain('more than 256 new roots, from version 2 on');
  expect(failure.about.passing).toBe(true);
  expect(machine.open().versions.root).toBe(259);
});

test('repositories without consistent snapshots are refused', () => {
  const machine = machineAt2();
  const { signers } = machine.repository;
  const says = { ...rootSays(signers, 2), consistent_snapshot: false };
  machine.repository.files.set('/metadata/2.root.json', signed(says, signers.root.keys));
  expect(refused(machine).message).toContain('root.json: consistent_snapshot is not true');
});

test('freeze: the root has expired, and no newer one comes', () => {
  const machine = machineAt2();
  machine.repository.addRoot(machine.repository.signers, PAST);
  expect(failureOf(() => machine.open()).message).toContain(
    'root.json: version 2 expired on 2025-12-31T23:59:59Z',
  );
  machine.repository.addRoot();
  expect(machine.open().versions.root).toBe(3);
});
