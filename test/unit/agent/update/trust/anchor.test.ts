/** Where trust begins, when there is more than one place. */
import { expect, test } from 'vitest';
import { someSigners, TestRepository } from '../../../../support/tuf-repository.ts';
import { failureOf, machineAt2, put } from '../../../../support/update-attack.ts';
import { IMAGE_ROOT, TRUST, type UpdateMachine } from '../../../../support/update-machine.ts';

const MACHINE_ROOT = '/etc/basalt/update/root.json';

/** A machine that has followed the roots 1, 2 and 3. */
function machineAtRoot3(): UpdateMachine {
  const machine = machineAt2();
  machine.repository.addRoot(someSigners());
  machine.repository.addRoot(someSigners());
  put(machine, 3);
  expect(machine.open().versions.root).toBe(3);
  return machine;
}

const rootOf = (machine: UpdateMachine, version: number): Buffer =>
  machine.repository.files.get(`/metadata/${version}.root.json`) as Buffer;

const rootsKept = (machine: UpdateMachine): string[] =>
  machine.host.list(TRUST).filter((name) => name.endsWith('.root.json'));

test('no root anywhere', () => {
  const machine = machineAt2();
  machine.host.remove(IMAGE_ROOT);
  const failure = failureOf(() => machine.open());
  expect(failure.message).toBe(
    `this machine does not know whom to trust: there is neither ${MACHINE_ROOT} nor ${IMAGE_ROOT}`,
  );
  expect(failure.about.next).toContain('update.root');
});

test("the owner's root wins, and a damaged one is told rather than passed over", () => {
  const machine = machineAt2();
  machine.host.writeFile(MACHINE_ROOT, new TestRepository().root);
  expect(failureOf(() => machine.open()).message).toContain('timestamp.json: it is signed by 0 of the 1 key');
  machine.host.writeFile(MACHINE_ROOT, '{}');
  const failure = failureOf(() => machine.open());
  expect(failure.message).toContain(`${MACHINE_ROOT}, where trust begins, is no root of a repository`);
  expect(failure.about.next).toBe("put the right root.json there, or remove it to trust the image's");
});

test('an image with a root that was met before takes the machine neither back nor forward', () => {
  const machine = machineAtRoot3();
  for (const version of [1, 2, 3]) {
    machine.host.writeFile(IMAGE_ROOT, rootOf(machine, version));
    machine.requests.length = 0;
    expect(machine.open().versions.root).toBe(3);
    expect(machine.requests[0]).toBe('/metadata/4.root.json');
  }
  expect(machine.host.logged.join()).not.toContain('trust begins anew');
});

test('an image with a newer root than the machine ever met', () => {
  const machine = machineAt2();
  machine.repository.addRoot(someSigners());
  put(machine, 3);
  machine.host.writeFile(IMAGE_ROOT, rootOf(machine, 2));
  // Even from a server that has lost it.
  machine.repository.files.delete('/metadata/2.root.json');
  expect(machine.open().versions).toMatchObject({ root: 2, timestamp: 3 });
  expect(rootsKept(machine)).toEqual(['2.root.json']);
  expect(machine.host.logged.join()).toContain('trust begins anew with it');
});

test('an image of another repository, whose versions are lower', () => {
  const machine = machineAtRoot3();
  machine.repository = new TestRepository();
  machine.repository.publish({ version: 1 });
  machine.host.writeFile(IMAGE_ROOT, machine.repository.root);
  expect(machine.open().versions).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1 });
  expect(rootsKept(machine)).toEqual(['1.root.json']);
});

test('beginning anew in the same repository does not forget what was seen', () => {
  const machine = machineAtRoot3();
  for (const version of [1, 2, 3]) machine.host.remove(`${TRUST}/${version}.root.json`);
  put(machine, 2);
  expect(failureOf(() => machine.open()).message).toContain('its version is 2, and this machine has seen 3');
  expect(rootsKept(machine)).toEqual(['1.root.json', '2.root.json', '3.root.json']);
});

test.each([
  ['cut off', (bytes: Uint8Array) => bytes.slice(0, 100)],
  [
    'with other bytes',
    (bytes: Uint8Array) =>
      Buffer.from(
        Buffer.from(bytes)
          .toString()
          .replace(/"public":"../, '"public":"00'),
      ),
  ],
  ['empty', () => new Uint8Array()],
])('a saved root that is %s is fetched again', (_, damage) => {
  const machine = machineAtRoot3();
  const path = `${TRUST}/3.root.json`;
  machine.host.writeFile(path, damage(rootOf(machine, 3)));
  expect(machine.open().versions.root).toBe(3);
  expect(machine.host.logged.join()).toContain(
    'the saved root of version 3 is damaged, and is fetched again',
  );
  expect(Buffer.from(machine.host.readBytes(path) ?? '')).toEqual(rootOf(machine, 3));
});

test.each(['timestamp', 'snapshot', 'targets'])(
  'a saved %s.json that is damaged is fetched again',
  (role) => {
    const machine = machineAt2();
    const path = `${TRUST}/${role}.json`;
    const good = machine.host.readText(path);
    machine.host.writeFile(path, `${good?.slice(0, 50)}`);
    expect(machine.open().versions).toMatchObject({ timestamp: 2, snapshot: 2, targets: 2 });
    expect(machine.host.readText(path)).toBe(good);
  },
);

test('what did not change is not fetched, and not written', () => {
  const machine = machineAt2();
  machine.requests.length = 0;
  machine.host.commands.length = 0;
  machine.open();
  expect(machine.requests).toEqual(['/metadata/2.root.json', '/metadata/timestamp.json']);
});
