import { expect, test } from 'vitest';
import { fetchKeys } from '../../../src/agent/fetch-keys.ts';
import type { UserConfig } from '../../../src/cloud-config/config.ts';
import { FakeHost, type FakeProgram } from '../../support/fake-host.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJTTX2XKPNRp7YLOKqCyJ8aFqvHRh0WQ4zWn3S0Ks8p2';
const URL = 'https://github.com/ada.keys';

const users = [{ name: 'ada', sshKeyUrls: [URL] }] as unknown as UserConfig[];

/** curl that answers; a number is an exit code. */
const curl =
  (...answers: (string | number)[]): FakeProgram =>
  (_, { input }, host) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    host.passedMs += 500;
    if (typeof answer === 'number') return { exitCode: answer, stdout: '000', stderr: 'curl: (6) no' };
    host.writeFile(/^output = "(.*)"$/m.exec(String(input))?.[1] ?? '', answer ?? '');
    return { stdout: '200' };
  };

const fetched = (program: FakeProgram, known = {}) => {
  const host = new FakeHost({ programs: { curl: program } });
  return { ...fetchKeys(host, users, known), host };
};

test('lines of keys; what is no key is left out', () => {
  expect(fetched(curl(`${KEY} a\n# comment\n\nnot a key\n${KEY} b\n`)).keys).toEqual({
    [URL]: [`${KEY} a`, `${KEY} b`],
  });
});

test('the JSON of GitHub’s interface', () => {
  expect(
    fetched(
      curl(
        JSON.stringify([
          { id: 1, key: KEY },
          { id: 2, key: `${KEY} b` },
        ]),
      ),
    ).keys[URL],
  ).toEqual([KEY, `${KEY} b`]);
});

test('an account without keys has none', () => {
  expect(fetched(curl('\n'))).toMatchObject({ keys: { [URL]: [] }, warnings: [] });
});

test('a network that comes up late is waited for', () => {
  const { keys, warnings, host } = fetched(curl(6, 6, 6, KEY));
  expect(keys[URL]).toEqual([KEY]);
  expect(warnings).toEqual([]);
  expect(host.sleptMs.length).toBe(3);
});

test('a network that does not come is not waited for beyond half a minute, and it is a warning', () => {
  const { keys, warnings, host } = fetched(curl(6));
  expect(keys).toEqual({});
  expect(warnings).toEqual([
    expect.stringMatching(
      /^users: ada: the keys of https:\/\/github\.com\/ada\.keys cannot be fetched, none are there yet: /,
    ),
  ]);
  expect(host.passedMs).toBeLessThan(32_000);
});

test('those fetched earlier stay, and are waited for less', () => {
  const { keys, warnings, host } = fetched(curl(6), { [URL]: [KEY] });
  expect(keys[URL]).toEqual([KEY]);
  expect(warnings[0]).toContain('those fetched earlier stay');
  expect(host.passedMs).toBeLessThan(7000);
});

test('an answer without a key does not take away those fetched earlier', () => {
  const { keys, warnings } = fetched(curl('<html>sign in</html>'), { [URL]: [KEY] });
  expect(keys[URL]).toEqual([KEY]);
  expect(warnings[0]).toContain('the answer has no public keys');
});
