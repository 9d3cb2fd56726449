import { expect, test } from 'vitest';
import { keyTitle, readSshKeys } from '../../../../src/install/configuration/ssh-keys.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHHPNYVJSEwr5Xv8t1hbSNWSVDRLUEY0Xp1W3JXpVvaz me@example.com';

test('lines of authorized_keys, once each', () => {
  const text = `# keys\r\n\r\n${KEY}\r\n  ${KEY}  \nfrom="10.0.0.0/8" ${KEY}\n`;
  expect(readSshKeys(text)).toEqual({ keys: [KEY, `from="10.0.0.0/8" ${KEY}`], fault: undefined });
});

test.each([
  ['', 'there is no key in it'],
  ['# only a comment', 'there is no key in it'],
  ['hello', '"hello" has no type of a public key'],
  [KEY.slice(0, 40), `"${KEY.slice(0, 24)}…" is not whole`],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n-----END OPENSSH PRIVATE KEY-----', 'this is a private key'],
  [`${KEY}\n`.repeat(101), 'there are 101 lines'],
])('%j is refused', (text, message) => {
  const { keys, fault } = readSshKeys(text);
  expect(keys).toEqual([]);
  expect(fault?.message).toBe(message);
});

test('what a private key holds is not shown again', () => {
  const secret = '-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0';
  expect(JSON.stringify(readSshKeys(secret))).not.toContain('c2Vj');
});

test('a key is shown by its type, its end and its comment', () => {
  expect(keyTitle(KEY)).toBe('ssh-ed25519 …Xp1W3JXpVvaz me@example.com');
  expect(keyTitle(`restrict,from="a b" ${KEY}`)).toBe('ssh-ed25519 …Xp1W3JXpVvaz me@example.com');
  expect(keyTitle(KEY.replace(' me@example.com', ''))).toBe('ssh-ed25519 …Xp1W3JXpVvaz');
});
