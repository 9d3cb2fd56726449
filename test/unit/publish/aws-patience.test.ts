import { expect, test } from 'vitest';
import { InterruptedError } from '../../../src/errors.ts';
import { AnswerError, describeFault, faultKind } from '../../../src/publish/aws/fault.ts';
import { Patience } from '../../../src/publish/aws/patience.ts';
import { Window } from '../../../src/publish/aws/window.ts';

const named = (name: string, more: object = {}) =>
  Object.assign(new Error(`${name} said`), { name, ...more });
const status = (httpStatusCode: number) => named('Unknown', { $metadata: { httpStatusCode } });

test.each<[unknown, string]>([
  [named('RequestThrottledException'), 'throttled'],
  [named('Error', { Code: 'RequestLimitExceeded' }), 'throttled'],
  [status(429), 'throttled'],
  [status(503), 'transient'],
  [named('Error', { code: 'ECONNRESET' }), 'transient'],
  [new Error('fetch failed', { cause: named('Error', { code: 'ECONNREFUSED' }) }), 'transient'],
  [named('ExpiredTokenException', { $metadata: { httpStatusCode: 400 } }), 'expired'],
  [named('RequestExpired'), 'expired'],
  [named('CredentialsProviderError'), 'credentials'],
  [named('ValidationException', { Reason: 'INVALID_BLOCK' }), 'doubtful'],
  [named('ValidationException', { Reason: 'INVALID_SNAPSHOT_ID' }), 'final'],
  [named('UnauthorizedOperation', { $metadata: { httpStatusCode: 403 } }), 'final'],
  [new AnswerError('other'), 'doubtful'],
  [undefined, 'final'],
  ['text', 'final'],
])('%s is %s', (error, kind) => {
  expect(faultKind(error)).toBe(kind);
});

test('a fault is told with its code', () => {
  expect(describeFault(named('InvalidAMIName.Duplicate'))).toBe('InvalidAMIName.Duplicate said');
  expect(describeFault(Object.assign(new Error('taken'), { name: 'Duplicate' }))).toBe('Duplicate: taken');
  expect(describeFault(new Error('plain'))).toBe('plain');
});

function patience(attempts = 5) {
  const retries: boolean[] = [];
  const abort = new AbortController();
  const made = new Patience({
    signal: abort.signal,
    attempts,
    firstPauseMs: 1,
    longestPauseMs: 2,
    onRetry: ({ throttled }) => retries.push(throttled),
  });
  return { made, retries, abort };
}

test('what passes is tried again, what does not is not', async () => {
  const { made, retries } = patience();
  let count = 0;
  const flaky = async () => {
    if (++count < 4) throw count === 2 ? named('Throttling') : status(500);
    return 'done';
  };
  expect(await made.ask('Call', flaky)).toBe('done');
  expect(retries).toEqual([false, true, false]);
  count = 0;
  const refuse = async () => {
    count++;
    throw named('AccessDenied');
  };
  await expect(made.ask('Call', refuse)).rejects.toThrow('AccessDenied');
  expect(count).toBe(1);
});

test('patience ends: later for what passes than for what is doubtful', async () => {
  const { made } = patience();
  for (const [error, tries] of [
    [status(500), 5],
    [new AnswerError('other'), 3],
  ] as const) {
    let count = 0;
    const fail = async () => {
      count++;
      throw error;
    };
    await expect(made.ask('Call', fail)).rejects.toBe(error);
    expect(count).toBe(tries);
  }
});

test('an interruption ends waiting at once', async () => {
  const slow = new AbortController();
  const made = new Patience({ signal: slow.signal, firstPauseMs: 60_000, longestPauseMs: 60_000 });
  const asked = made.ask('Call', async () => {
    throw status(500);
  });
  setTimeout(() => slow.abort(), 5);
  await expect(asked).rejects.toBeInstanceOf(InterruptedError);
});

test('the window grows with success, halves once for what was under way, and never closes', async () => {
  const window = new Window({ first: 4, most: 6 });
  const entries = await Promise.all([window.enter(), window.enter(), window.enter(), window.enter()]);
  let fifth = false;
  const waiting = window.enter().then(() => {
    fifth = true;
  });
  await Promise.resolve();
  expect(fifth).toBe(false);
  window.leave();
  await waiting;
  expect(window.mostActive).toBe(4);
  for (let index = 0; index < 200; index++) {
    window.leave();
    await window.enter();
  }
  expect(window.limit).toBe(6);
  const fresh = await window.enter();
  window.slowDown(fresh);
  for (const entry of entries) window.slowDown(entry);
  expect(window.limit).toBe(3);
  for (let index = 0; index < 5; index++) window.leave();
  for (let index = 0; index < 10; index++) {
    window.slowDown(await window.enter());
    expect(window.limit).toBeGreaterThanOrEqual(1);
    if (index > 2) expect(window.limit).toBe(1);
    window.leave();
  }
});
