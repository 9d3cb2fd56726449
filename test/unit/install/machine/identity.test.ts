import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { networkInterfaces } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readIdentity } from '../../../../src/install/machine/identity.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'basalt-identity-'));
  await mkdir(join(root, 'sys/class/dmi/id'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const smbios = (name: string, text: string) => writeFile(join(root, 'sys/class/dmi/id', name), text);

const on = (address: string, mac: string) => [{ address, mac }];
/** Two cards and a loopback, as node:os has them. */
const ADDRESSES = {
  lo: on('127.0.0.1', '00:00:00:00:00:00'),
  eno1: [...on('10.0.0.5', 'b4:45:06:00:00:08'), ...on('fe80::1', 'b4:45:06:00:00:08')],
  eno2: on('192.0.2.5', 'b4:45:06:00:00:09'),
} as unknown as ReturnType<typeof networkInterfaces>;

test('SMBIOS strings are said as they are, with the MAC of the card that leads to the server', async () => {
  await smbios('product_uuid', '4c4c4544-0058-4b10-8032-b7c04f514e33\n');
  await smbios('product_serial', '7XK2QN3\n');
  await smbios('sys_vendor', 'Dell Inc.\n');
  // A server decides what names nobody; an installer's own list would make another machine of this one.
  await smbios('product_name', 'To Be Filled By O.E.M.\n');
  expect(await readIdentity(root, '192.0.2.5', ADDRESSES)).toEqual({
    mac: 'b4:45:06:00:00:09',
    uuid: '4c4c4544-0058-4b10-8032-b7c04f514e33',
    serial: '7XK2QN3',
    vendor: 'Dell Inc.',
    model: 'To Be Filled By O.E.M.',
  });
  expect((await readIdentity(root, 'fe80::1%eno1', ADDRESSES)).mac).toBe('b4:45:06:00:00:08');
});

test('what the firmware has not is left out', async () => {
  await smbios('product_serial', '   \n');
  expect(await readIdentity(root, '10.0.0.5', ADDRESSES)).toEqual({
    mac: 'b4:45:06:00:00:08',
    uuid: undefined,
    serial: undefined,
    vendor: undefined,
    model: undefined,
  });
});

test.each(['127.0.0.1', '10.0.0.6'])('%s is of no card: told', async (address) => {
  await expect(readIdentity(root, address, ADDRESSES)).rejects.toMatchObject({
    code: 'card-unknown',
    seen: `this machine reached it from ${address}`,
  });
});
