import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pauseAfter, persist } from '../../../../src/agent/http/retry.ts';
import { Unreadable } from '../../../../src/agent/machine/unreadable.ts';
import { FakeHost } from '../../../support/fake-host.ts';

test('it tries again until it succeeds, with growing pauses', () => {
  const host = new FakeHost();
  let attempts = 0;
  const value = persist(host, 60_000, 'it', () =>
    ++attempts < 6 ? { reason: `no ${attempts}`, passing: true } : { value: 'yes' },
  );
  expect(value).toBe('yes');
  expect(host.sleptMs).toHaveLength(5);
  host.sleptMs.forEach((ms, index) => {
    expect(ms).toBeGreaterThanOrEqual(125 * 2 ** index);
    expect(ms).toBeLessThanOrEqual(250 * 2 ** index);
  });
});

test('it begins no attempt after the deadline, and says why and how often', () => {
  const host = new FakeHost();
  const attempt = () => {
    host.passedMs += 500;
    return { reason: 'no route', passing: true };
  };
  expect(() => persist(host, 30_000, 'it', attempt)).toThrow(
    /^no route \(gave up after \d+ attempts in \d+ s\)$/,
  );
  // The last attempt begins before it, and takes its time.
  expect(host.passedMs).toBeLessThan(30_500);
  expect(host.passedMs).toBeGreaterThan(15_000);
  expect(host.logged).toEqual(['info: it: no route; trying again']);
});

test('a final failure ends it at once', () => {
  const host = new FakeHost();
  expect(() => persist(host, 30_000, 'it', () => ({ reason: '404', passing: false }))).toThrow(Unreadable);
  expect(host.sleptMs).toEqual([]);
});

test('an attempt is told how much time is left', () => {
  const host = new FakeHost();
  const told: number[] = [];
  expect(() =>
    persist(host, 3000, 'it', (leftMs) => {
      told.push(leftMs);
      host.passedMs += 900;
      return { reason: 'slow', passing: true };
    }),
  ).toThrow();
  expect(told[0]).toBe(3000);
  expect(told.every((ms) => ms >= 1000)).toBe(true);
});

test('pauses are never longer than ten seconds nor shorter than an eighth', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, chance) => {
        const ms = pauseAfter(attempts, chance);
        expect(ms).toBeGreaterThanOrEqual(125);
        expect(ms).toBeLessThanOrEqual(10_000);
      },
    ),
  );
});
