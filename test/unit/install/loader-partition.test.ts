import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loaderPartition } from '../../../src/install/loader-partition.ts';

const FOLDER = 'sys/firmware/efi/efivars';
const VARIABLE = 'StubDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
const ATTRIBUTES = Buffer.from([6, 0, 0, 0]);
const UUID = 'D51D312B-4F9A-4C2C-9C51-0123456789AB';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'basalt-loader-'));
  await mkdir(join(root, FOLDER), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.each([
  [
    'as systemd writes it',
    Buffer.concat([ATTRIBUTES, Buffer.from(`${UUID}\0`, 'utf16le')]),
    UUID.toLowerCase(),
  ],
  ['without an end', Buffer.concat([ATTRIBUTES, Buffer.from(UUID, 'utf16le')]), UUID.toLowerCase()],
  ['nothing but attributes', ATTRIBUTES, undefined],
  ['an empty file', Buffer.alloc(0), undefined],
  ['in bytes', Buffer.concat([ATTRIBUTES, Buffer.from(UUID)]), undefined],
  ['something else', Buffer.concat([ATTRIBUTES, Buffer.from('../../sda\0', 'utf16le')]), undefined],
])('%s', async (_, content, uuid) => {
  await writeFile(join(root, FOLDER, VARIABLE), content);
  expect(await loaderPartition(root)).toBe(uuid);
});

test('what a boot loader left before the firmware went on to the network does not count', async () => {
  await writeFile(
    join(root, FOLDER, VARIABLE.replace('Stub', 'Loader')),
    Buffer.concat([ATTRIBUTES, Buffer.from(`${UUID}\0`, 'utf16le')]),
  );
  expect(await loaderPartition(root)).toBeUndefined();
});

test('a system that was started from the network, or without UEFI, has none', async () => {
  expect(await loaderPartition(root)).toBeUndefined();
  expect(await loaderPartition(join(root, 'nowhere'))).toBeUndefined();
});
