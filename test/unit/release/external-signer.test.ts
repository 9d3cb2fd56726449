import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openExternalSigner, signatureOf } from '../../../src/release/external-signer.ts';
import { makeKeyFile } from '../../../src/release/key-file.ts';

const signature = createHash('sha512').update('some signature').digest();

test('a signature is read as bytes, as hexadecimal and as base64, with or without white space', () => {
  const forms = [
    signature,
    Buffer.from(signature.toString('hex')),
    Buffer.from(`${signature.toString('hex').toUpperCase()}\n`),
    Buffer.from(`${signature.toString('base64')}\n`),
    Buffer.from(signature.toString('base64').replace(/(.{64})/, '$1\r\n')),
  ];
  for (const form of forms) expect(signatureOf(form)).toEqual(signature);
});

test.each([
  ['nothing', ''],
  ['a byte too few', 'x'.repeat(63)],
  ['words', 'Enter PIN: '],
  ['a digit too many', `${signature.toString('hex')}0`],
  ['without end', 'a'.repeat(1_000_000)],
])('%s is no signature', (_what, text) => {
  expect(signatureOf(Buffer.from(text))).toBeUndefined();
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-signer-'));
});
afterEach(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();

async function describe(content: unknown): Promise<string> {
  const file = join(folder, 'root-1.signer.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('the program gets the bytes on stdin, and the environment of who calls', async () => {
  const { publicKey, sign } = await makeKeyFile(join(folder, 'key.pem'));
  const bytes = Buffer.from([0, 1, 2, 255, 10, 13]);
  const answer = Buffer.from(await sign(bytes)).toString('hex');
  const script = `test "$(od -An -tx1 | tr -d ' \\n')" = 000102ff0a0d && test "$SIGNER_TOKEN" = secret && echo ${answer}`;
  const signer = await openExternalSigner(
    await describe({ publicKey, command: ['sh', '-c', script] }),
    signal,
  );
  process.env.SIGNER_TOKEN = 'secret';
  try {
    expect(Buffer.from(await signer.sign(bytes)).toString('hex')).toBe(answer);
  } finally {
    delete process.env.SIGNER_TOKEN;
  }
  await expect(signer.sign(bytes)).rejects.toMatchObject({ code: 'signer-failed' });
});

test('a program that does not read its input, or is not there, is told', async () => {
  const publicKey = '0'.repeat(64);
  const deaf = await openExternalSigner(await describe({ publicKey, command: ['true'] }), signal);
  await expect(deaf.sign(Buffer.alloc(1_000_000))).rejects.toMatchObject({ code: 'signature-wrong' });
  const missing = await openExternalSigner(
    await describe({ publicKey, command: ['no-such-signer'] }),
    signal,
  );
  await expect(missing.sign(Buffer.from('x'))).rejects.toMatchObject({ code: 'program-missing' });
});

test.each([
  ['no JSON', 'x', /JSON/],
  ['no command', { publicKey: '0'.repeat(64) }, /command/],
  ['an empty command', { publicKey: '0'.repeat(64), command: [] }, /command/],
  ['no key', { publicKey: 'x', command: ['true'] }, /./],
  ['an unknown field', { publicKey: '0'.repeat(64), command: ['true'], args: [] }, /args/],
])('a description with %s is refused', async (_what, content, seen) => {
  await expect(openExternalSigner(await describe(content), signal)).rejects.toMatchObject({
    code: 'signer-invalid',
    seen: expect.stringMatching(seen),
  });
});
