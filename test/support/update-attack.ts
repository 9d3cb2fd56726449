/** A machine that follows an honest repository, and what makes it dishonest. */
import { expect } from 'vitest';
import { UpdateFailure } from '../../src/agent/update/failure.ts';
import {
  type Json,
  type Signers,
  signed,
  snapshotSays,
  someSigners,
  type TestKey,
  TestRepository,
  targetsSays,
  timestampSays,
} from './tuf-repository.ts';
import { UpdateMachine } from './update-machine.ts';

export const FILE = 'qemu/channels/stable.json';
export const TIMESTAMP = '/metadata/timestamp.json';
export const PAST = '2025-12-31T23:59:59Z';

/** A machine that has trusted version 2 of a repository. */
export function machineAt2(signers: Signers = someSigners()): UpdateMachine {
  const machine = new UpdateMachine(new TestRepository(signers));
  machine.repository.publish({ version: 2, files: { [FILE]: Buffer.from('two') } });
  expect(machine.open().versions).toEqual({ root: 1, timestamp: 2, snapshot: 2, targets: 2 });
  return machine;
}

/** The failure. Afterwards the honest version 9 is taken. */
export function refused(machine: UpdateMachine, act: () => unknown = () => machine.open()): UpdateFailure {
  const failure = failureOf(act);
  expect(failure.about.next ?? '').not.toBe('');
  expect(machine.host.list('/run/basalt/scratch')).toEqual([]);
  machine.repository.publish({ version: 9, files: { [FILE]: Buffer.from('nine') } });
  machine.repository.files.delete('/metadata/2.root.json');
  machine.answers.clear();
  expect(machine.open().read(FILE, 100)).toBe('nine');
  return failure;
}

export function failureOf(act: () => unknown): UpdateFailure {
  try {
    act();
  } catch (error) {
    if (error instanceof UpdateFailure) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Puts documents onto the server, with others that fit, signed by the right keys unless others are named. */
export function put(
  { repository }: UpdateMachine,
  version: number,
  says: { targets?: Json; snapshot?: Json; timestamp?: Json } = {},
  by: Partial<Record<'targets' | 'snapshot' | 'timestamp', TestKey[]>> = {},
): void {
  const { signers, files } = repository;
  const targets = signed(says.targets ?? targetsSays(version, {}), by.targets ?? signers.targets.keys);
  const snapshot = signed(
    says.snapshot ?? snapshotSays(version, targets, version),
    by.snapshot ?? signers.snapshot.keys,
  );
  files.set(`/metadata/${version}.targets.json`, targets);
  files.set(`/metadata/${version}.snapshot.json`, snapshot);
  const timestamp = says.timestamp ?? timestampSays(version, snapshot, version);
  files.set(TIMESTAMP, signed(timestamp, by.timestamp ?? signers.timestamp.keys));
}
