import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKeyFile, openKeyFile } from '../../../src/release/key-file.ts';
import { isSignature, keyIdOf } from '../../../src/release/signer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-key-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a key is made for its owner alone, and signs what its public half verifies', async () => {
  const file = join(folder, 'targets-1.pem');
  const made = await makeKeyFile(file);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const opened = await openKeyFile(file);
  expect(opened).toMatchObject({ keyId: made.keyId, publicKey: made.publicKey, file });
  const bytes = Buffer.from('a message');
  const signature = await opened.sign(bytes);
  expect(signature).toHaveLength(64);
  expect(isSignature(made.publicKey, bytes, signature)).toBe(true);
  expect(isSignature(made.publicKey, Buffer.from('another'), signature)).toBe(false);
});

test('a key is never written over', async () => {
  const file = join(folder, 'root-1.pem');
  await makeKeyFile(file);
  const before = await readFile(file, 'utf8');
  await expect(makeKeyFile(file)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(file, 'utf8')).toBe(before);
});

test.each([0o640, 0o604, 0o620, 0o644])('a key of the mode %o is refused', async (mode) => {
  const file = join(folder, 'root-1.pem');
  await makeKeyFile(file);
  await chmod(file, mode);
  await expect(openKeyFile(file)).rejects.toMatchObject({ code: 'key-readable', where: file });
});

test('another kind of key, or none, is told', async () => {
  const file = join(folder, 'root-1.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await expect(openKeyFile(file)).rejects.toMatchObject({
    code: 'key-invalid',
    seen: 'a key of the type ec',
  });
  await writeFile(file, 'no key');
  await expect(openKeyFile(file)).rejects.toMatchObject({ code: 'key-invalid', where: file });
});

test('the id of a key is what the specification makes of it', () => {
  // SHA-256 of {"keytype":"ed25519","keyval":{"public":"00…00"},"scheme":"ed25519"}, by sha256sum.
  expect(keyIdOf('0'.repeat(64))).toBe('7f7373360bc914a5d4a7bd87711615178beb6cf52494fcc49082ec65ba62908c');
});
