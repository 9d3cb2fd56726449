import { expect, test } from 'vitest';
import { TestRepository } from '../../../../support/tuf-repository.ts';
import { failureOf, PAST } from '../../../../support/update-attack.ts';
import { UpdateMachine } from '../../../../support/update-machine.ts';

/** The fake machine's image is some seconds younger than 1970. */
test('a clock that stands before the image was built', () => {
  const repository = new TestRepository();
  repository.publish({ version: 1 });
  const machine = new UpdateMachine(repository, { nowMs: 1000 });
  const failure = failureOf(() => machine.open());
  expect(failure.message).toMatch(
    /^the clock says 1970-01-01T00:00:01Z, which is before this image was built \(1970-01-01T00:00:14Z\)/,
  );
  expect(failure.about).toEqual({
    next: 'see "timedatectl": the clock should be synchronised',
    passing: true,
  });
  expect(machine.requests).toEqual([]);
  machine.host.passedMs = 14_000;
  expect(machine.open().versions.timestamp).toBe(1);
});

test('what has expired by a clock that nobody has set asks for the clock', () => {
  const repository = new TestRepository();
  repository.publish({ version: 1, expires: { timestamp: PAST } });
  const failure = failureOf(() => new UpdateMachine(repository, { synchronised: false }).open());
  expect(failure.message).toContain(
    `version 1 expired on ${PAST}; the clock says 2026-01-01T00:00:00Z, and is not synchronised: is it right?`,
  );
  expect(failure.about.next).toMatch(/^see "timedatectl".* If it is right, whoever runs the repository/);
  expect(failure.about.passing).toBe(true);
});

test('a clock that is synchronised is believed', () => {
  const repository = new TestRepository();
  repository.publish({ version: 1, expires: { timestamp: PAST } });
  const { about } = failureOf(() => new UpdateMachine(repository).open());
  expect(about.next).not.toContain('timedatectl');
  expect(about.passing).toBe(false);
});
