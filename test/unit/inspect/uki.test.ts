import { expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { readSections } from '../../../src/inspect/pe.ts';
import { readUki, rootHashOf } from '../../../src/inspect/uki.ts';
import { peFile, readerOf, rootHash, ukiSections } from './pe-file.ts';

async function failure(bytes: Buffer): Promise<UserError> {
  const outcome = await readUki(readerOf(bytes), bytes.length, 'x.efi').catch((error: unknown) => error);
  if (outcome instanceof UserError) return outcome;
  throw new Error('the file was accepted');
}

test('a UKI says its kernel, command line, version and root hash', async () => {
  const bytes = peFile(ukiSections);
  expect(await readUki(readerOf(bytes), bytes.length, 'x.efi')).toEqual({
    sizeBytes: bytes.length,
    kernelRelease: '6.12.1-amd64',
    commandLine: `roothash=${rootHash} ro quiet`,
    rootHash,
    version: '1.2',
    title: 'Basalt "qemu" 1.2',
    kernelBytes: 3000,
    initrdBytes: 700,
  });
});

test('sections are as long as their content, not as their padding', async () => {
  const bytes = peFile({ '.a': 'abc', '.b': '' });
  expect(await readSections(readerOf(bytes), bytes.length, 'x')).toEqual([
    { name: '.a', offset: 1024, sizeBytes: 3 },
    { name: '.b', offset: 1536, sizeBytes: 0 },
  ]);
});

test('a PE program that is no UKI is named as such', async () => {
  const error = await failure(peFile({ '.text': 'x', '.cmdline': 'ro' }));
  expect(error.code).toBe('not-uki');
  expect(error.seen).toBe('no section .linux, .initrd');
});

test('a file that was cut short is not read as if it were whole', async () => {
  const bytes = peFile(ukiSections);
  const error = await failure(bytes.subarray(0, bytes.length - 1024));
  expect(error.seen).toMatch(/^section \.initrd ends at byte \d+, and the file at byte \d+$/);
  for (const length of [0, 1, 63, 64, 80, 100, 400]) {
    expect((await failure(bytes.subarray(0, length))).code).toBe('pe-invalid');
  }
});

test('other files and absurd headers are refused', async () => {
  expect((await failure(Buffer.alloc(4096, 0x55))).seen).toBe('no DOS header');
  const far = peFile(ukiSections);
  far.writeUInt32LE(0xfffffff0, 0x3c);
  expect((await failure(far)).seen).toBe('no PE signature at byte 4294967280');
  const many = peFile(ukiSections);
  many.writeUInt16LE(60_000, 64 + 6);
  expect((await failure(many)).seen).toBe('a table of 60000 sections');
});

test('a root hash is 64 hexadecimal digits of an argument of its own', () => {
  expect(rootHashOf(`ro roothash=${rootHash.toUpperCase()}`)).toBe(rootHash);
  expect(rootHashOf(`usrroothash=${rootHash}`)).toBeUndefined();
  expect(rootHashOf(`roothash=${rootHash}0`)).toBeUndefined();
  expect(rootHashOf('roothash=')).toBeUndefined();
});
