/** What a server, or who sits before it, may try. Each is refused, and when it ends the machine goes on. */
import { expect, test } from 'vitest';
import {
  signed,
  snapshotSays,
  someSigners,
  TestKey,
  TestRepository,
  targetsSays,
  timestampSays,
} from '../../../../support/tuf-repository.ts';
import { FILE, failureOf, machineAt2, PAST, put, refused } from '../../../../support/update-attack.ts';
import { TRUST, UpdateMachine } from '../../../../support/update-machine.ts';

test.each(['timestamp', 'snapshot', 'targets'] as const)('wrong key: %s', (role) => {
  const machine = machineAt2();
  put(machine, 3, {}, { [role]: [TestKey.make()] });
  const failure = refused(machine);
  expect(failure.message).toBe(
    `https://updates.example.com/basalt: ${role}.json: it is signed by 0 of the 1 key that the trusted root (version 1) asks for`,
  );
  expect(failure.about.passing).toBeFalsy();
});

test('the key of another role is a wrong key', () => {
  const machine = machineAt2();
  put(machine, 3, {}, { targets: [...machine.repository.signers.timestamp.keys] });
  expect(refused(machine).message).toContain('targets.json: it is signed by 0 of the 1 key');
});

test('missing threshold: one of two keys has signed', () => {
  const keys = [TestKey.make(), TestKey.make()];
  const machine = machineAt2({ ...someSigners(), targets: { keys, threshold: 2 } });
  put(machine, 3, {}, { targets: keys.slice(1) });
  expect(refused(machine).message).toContain('targets.json: it is signed by 1 of the 2 keys');
});

test('one key counted twice: two signatures of it', () => {
  const keys = [TestKey.make(), TestKey.make()];
  const machine = machineAt2({ ...someSigners(), targets: { keys, threshold: 2 } });
  put(machine, 3, {}, { targets: [keys[0], keys[0]] as TestKey[] });
  expect(refused(machine).message).toContain('targets.json: it has two signatures of the key');
});

test('one key counted twice: under two ids', () => {
  const key = TestKey.make();
  const alias = key.underAnotherId();
  const machine = new UpdateMachine(
    new TestRepository({ ...someSigners(), timestamp: { keys: [key, alias], threshold: 2 } }),
  );
  machine.repository.publish({ version: 1 });
  expect(failureOf(() => machine.open()).message).toContain('signed by 1 of the 2 keys');
});

test('rollback: an older timestamp', () => {
  const machine = machineAt2();
  put(machine, 1);
  const failure = refused(machine);
  expect(failure.message).toContain('timestamp.json: its version is 1, and this machine has seen 2');
  expect(failure.about.passing).toBe(true);
});

test('rollback: a new timestamp of an older snapshot', () => {
  const machine = machineAt2();
  put(machine, 1);
  const snapshot = machine.repository.files.get('/metadata/1.snapshot.json') as Buffer;
  put(machine, 3, { timestamp: timestampSays(3, snapshot, 1) });
  expect(refused(machine).message).toContain(
    'the version of the snapshot in it is 1, and this machine has seen 2',
  );
});

test('rollback: a new snapshot of older targets', () => {
  const machine = machineAt2();
  put(machine, 1);
  const targets = machine.repository.files.get('/metadata/1.targets.json') as Buffer;
  put(machine, 3, { snapshot: snapshotSays(3, targets, 1) });
  expect(refused(machine).message).toContain(
    'snapshot.json: the version of targets.json in it is 1, and this machine has seen 2',
  );
});

test('rollback: a document of targets that is missing in the new snapshot', () => {
  const machine = new UpdateMachine(new TestRepository());
  const { repository } = machine;
  repository.publish({ version: 1 });
  const targets = repository.files.get('/metadata/1.targets.json') as Buffer;
  const says = snapshotSays(1, targets, 1);
  put(machine, 1, {
    targets: JSON.parse(targets.toString()).signed,
    snapshot: { ...says, meta: { ...says.meta, 'extra.json': { version: 1 } } },
  });
  machine.open();
  put(machine, 3);
  expect(failureOf(() => machine.open()).message).toContain(
    'extra.json, which was in an earlier one, is missing',
  );
});

test('the rollback is noticed too when only the snapshot was saved', () => {
  const machine = machineAt2();
  machine.host.remove(`${TRUST}/timestamp.json`);
  put(machine, 1);
  expect(refused(machine).message).toContain('the version of targets.json in it is 1');
});

test.each([
  ['timestamp', { timestamp: PAST }],
  ['snapshot', { snapshot: PAST }],
  ['targets', { targets: PAST }],
] as const)('freeze: %s that has expired', (role, expires) => {
  const machine = machineAt2();
  machine.repository.publish({ version: 3, expires });
  const failure = refused(machine);
  expect(failure.message).toBe(
    `https://updates.example.com/basalt: ${role}.json: version 3 expired on ${PAST}; the clock says 2026-01-01T00:00:00Z`,
  );
  expect(failure.about.next).toMatch(/^whoever runs the repository has to sign it anew/);
});

test('freeze: the same timestamp for ever', () => {
  const machine = new UpdateMachine(new TestRepository());
  machine.repository.publish({ version: 2, expires: { timestamp: '2026-01-01T00:00:10Z' } });
  expect(machine.open().expires).toBe('2026-01-01T00:00:10Z');
  machine.host.passedMs = 9_999;
  machine.open();
  machine.host.passedMs = 10_000;
  expect(refused(machine).message).toContain('timestamp.json: version 2 expired on 2026-01-01T00:00:10Z');
});

test('mix and match: the snapshot of another time under the announced name', () => {
  const machine = machineAt2();
  put(machine, 3);
  const { length } = machine.repository.files.get('/metadata/3.targets.json') as Buffer;
  const says = snapshotSays(3, Buffer.alloc(length), 3);
  const other = signed(says, machine.repository.signers.snapshot.keys);
  machine.repository.files.set('/metadata/3.snapshot.json', other);
  expect(refused(machine).message).toMatch(/snapshot\.json: its SHA-256 is [0-9a-f]{64}, and should be/);
});

test('mix and match: without lengths and digests, the versions tell', () => {
  const machine = machineAt2();
  const { files } = machine.repository;
  put(machine, 4);
  const newer = files.get('/metadata/4.targets.json') as Buffer;
  put(machine, 3, {
    snapshot: { ...snapshotSays(3, newer, 3), meta: { 'targets.json': { version: 3 } } },
    timestamp: { ...timestampSays(3, newer, 3), meta: { 'snapshot.json': { version: 3 } } },
  });
  files.set('/metadata/3.targets.json', newer);
  expect(refused(machine).message).toContain(
    'targets.json: it has version 4, and snapshot.json announces 3: they do not belong together',
  );
});

test.each([
  ['timestamp.json', 16 * 1024],
  ['3.snapshot.json', 1000],
  ['2.root.json', 512 * 1024],
] as const)('endless data: %s', (file, sizeBytes) => {
  const machine = machineAt2();
  put(machine, 3);
  machine.answers.set(`/metadata/${file}`, { status: 200, body: 'x'.repeat(sizeBytes + 1) });
  const failure = refused(machine);
  expect(failure.message).toMatch(new RegExp(`/metadata/${file}: the answer is larger than`));
});

test('endless data: a length that no document has is not believed', () => {
  const machine = machineAt2();
  put(machine, 3);
  const says = timestampSays(3, Buffer.from(''), 3);
  put(machine, 3, { timestamp: { ...says, meta: { 'snapshot.json': { version: 3, length: 1e12 } } } });
  machine.answers.set('/metadata/3.snapshot.json', { status: 200, body: 'x'.repeat(2048 * 1024 + 1) });
  expect(refused(machine).message).toContain('larger than 2048 KiB');
});

test('a tampered target, and one of the wrong length', () => {
  for (const [body, seen] of [
    ['tw0', '3 bytes of 3, or another SHA-256'],
    ['tw', '2 bytes of 3'],
  ] as const) {
    const machine = machineAt2();
    const place = [...machine.repository.files.keys()].find((path) => path.endsWith('.stable.json')) ?? '';
    machine.answers.set(place, { status: 200, body });
    const failure = refused(machine, () => machine.open().read(FILE, 100));
    expect(failure.message).toContain(`it is not what the repository's metadata says: ${seen}`);
  }
});

test('a target that is larger than its reader takes is not fetched', () => {
  const machine = machineAt2();
  const failure = failureOf(() => machine.open().read(FILE, 2));
  expect(failure.message).toContain('has 3 bytes; at most 2 are read');
  expect(machine.requests.filter((path) => path.startsWith('/targets/'))).toEqual([]);
});

test('fast forward: new keys are the way back, and without them there is none', () => {
  const machine = machineAt2();
  const { repository } = machine;
  put(machine, 1_000_000);
  expect(machine.open().versions.timestamp).toBe(1_000_000);
  put(machine, 3);
  expect(failureOf(() => machine.open()).message).toContain(
    'its version is 3, and this machine has seen 1000000',
  );

  const { root, targets } = repository.signers;
  repository.addRoot({ ...someSigners(), root, targets });
  put(machine, 3);
  expect(machine.open().versions).toEqual({ root: 2, timestamp: 3, snapshot: 3, targets: 3 });
  expect(machine.host.logged.join()).toContain('the saved timestamp.json does not count any more');
});

test.each(['timestamp', 'snapshot'] as const)('fast forward: a new key of %s alone is enough', (role) => {
  const machine = machineAt2();
  put(machine, 1_000_000);
  machine.open();
  machine.repository.addRoot({ ...machine.repository.signers, [role]: someSigners()[role] });
  put(machine, 3);
  expect(machine.open().versions).toMatchObject({ root: 2, timestamp: 3, snapshot: 3 });
});

test('no path leads out of the folder of targets', () => {
  const machine = machineAt2();
  put(machine, 3, { targets: targetsSays(3, { '../../etc/shadow': Buffer.from('x') }) });
  expect(failureOf(() => machine.open().read('../../etc/shadow', 10)).message).toContain(
    '"../../etc/shadow" cannot be the path of a target',
  );
});
