/** The commands around BMCs, as a person runs them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bmcPassword, bmcUser, type MockBmc, startMockBmc } from '../support/redfish/mock-bmc.ts';

const ISO = 'http://10.0.0.1:8080/installer.iso?token=verysecret';

let folder: string;
let mock: MockBmc;
/** All that was printed. */
let printed: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-redfish-cli-'));
  mock = await startMockBmc({ profile: 'idrac9' });
  printed = '';
});
afterEach(async () => {
  const basic = Buffer.from(`${bmcUser}:${bmcPassword}`).toString('base64');
  for (const secret of [bmcPassword, JSON.stringify(bmcPassword).slice(1, -1), basic, 't0ken-', 'verysecret'])
    expect(printed).not.toContain(secret);
  expect(mock.violations).toEqual([]);
  expect(mock.sessions.size).toBe(0);
  await mock.close();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a command; without `address` it is the made-up BMC's. */
function start(args: readonly string[], env: Record<string, string> = { BASALT_BMC_PASSWORD: bmcPassword }) {
  const store = ['--store', join(folder, 'store')];
  return execa(resolve(import.meta.dirname, '../../basalt'), ['redfish', ...args, ...store], {
    reject: false,
    cwd: folder,
    env: { ...process.env, CI: '1', ...env },
  });
}

async function basalt(args: readonly string[], env?: Record<string, string>) {
  const ended = await start(args, env);
  printed += `${ended.stdout}\n${ended.stderr}\n`;
  return ended;
}

/** A command that must succeed; its result. */
async function resultOf(command: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const pin = ['--fingerprint', mock.fingerprint];
  const { exitCode, stdout } = await basalt([command, mock.address, ...args, ...pin, '--json', '--verbose']);
  expect(exitCode, stdout).toBe(0);
  const lines = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ type: 'end', ok: true });
  const [result] = lines.filter(({ type }) => type === 'result');
  expect(result?.command).toBe(`redfish ${command}`);
  return result?.result as Record<string, unknown>;
}

test('a machine, from the first contact to its installation', async () => {
  const first = await basalt(['discover', mock.address]);
  expect(first.exitCode).toBe(1);
  expect(first.stderr.replace(/\s+/g, ' ')).toContain(`--fingerprint ${mock.fingerprint}`);
  expect(mock.requests).toEqual([]);

  expect(await resultOf('discover')).toMatchObject({ machines: [{ system: { serviceTag: '7XKQ2W3' } }] });
  expect(await resultOf('power', 'status')).toMatchObject({ after: 'On', changed: false });
  expect(await resultOf('mount', ISO)).toMatchObject({ changed: true });
  expect(await resultOf('mount', ISO)).toMatchObject({ changed: false });
  expect(await resultOf('boot', '--once', 'cd')).toMatchObject({ changed: true });
  expect(await resultOf('boot', '--once', 'cd')).toMatchObject({ changed: false });
  expect(await resultOf('status', '--until', 'on')).toMatchObject({ awaitsCd: true, power: 'On' });
  expect(await resultOf('unmount')).toMatchObject({ changed: true });
  expect(await resultOf('unmount')).toMatchObject({ changed: false, removed: [] });
  mock.machine.troubles.installMs = 5000;
  expect(await resultOf('install', '--iso', ISO)).toMatchObject({ state: 'installed', seen: 'restarted' });
  expect(await resultOf('install', '--iso', ISO)).toMatchObject({ state: 'installed', changed: false });
  expect(mock.machine.booted).toEqual([`cd ${ISO}`, 'disk']);
});

test('lines for people, a file with the password, and pins', async () => {
  const files = { password: join(folder, 'password'), pins: join(folder, 'pins') };
  await writeFile(files.password, `${bmcPassword}\n`, { mode: 0o600 });
  await writeFile(files.pins, `${mock.address} ${mock.fingerprint}\n`);
  const args = ['--password-file', files.password, '--pins', files.pins, '--verbose'];
  const { exitCode, stdout } = await basalt(['discover', mock.address, '127.0.0.1:1', ...args], {});
  expect(exitCode).toBe(1);
  expect(stdout).toContain('Dell Inc. PowerEdge R650');
  expect(stdout).toMatch(/service tag\s+7XKQ2W3/);
  expect(stdout).toMatch(/port\s+b0:7b:25:aa:00:01 NIC\.1 LinkUp/);
  expect(stdout).toContain('the BMC cannot be reached');
});

test('a command line that is wrong', async () => {
  for (const args of [
    ['boot', mock.address, '--once', 'cd', '--uri', 'http://10.0.0.1/x.efi'],
    ['power', mock.address, 'off', '--graceful-limit', 'soon'],
    ['discover', mock.address, '--fingerprint', 'AB:CD'],
    ['discover', mock.address, '--insecure'],
    ['discover', mock.address, '--password', 'x'],
    ['power', mock.address, 'explode'],
  ])
    expect((await basalt(args)).exitCode, args.join(' ')).toBe(2);
  expect((await basalt(['discover', mock.address], {})).exitCode).toBe(2);
  expect(mock.requests).toEqual([]);
});

test('Ctrl-C in the middle of an installation: the session ends, and the next run goes on', async () => {
  mock.machine.troubles.installer = 'stays';
  const pin = ['--fingerprint', mock.fingerprint];
  const running = start(['install', mock.address, '--iso', ISO, ...pin]);
  await expect.poll(() => mock.machine.booted.length, { timeout: 60_000 }).toBe(1);
  running.kill('SIGINT');
  const { exitCode, stderr, stdout } = await running;
  printed += stderr + stdout;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('run the same again to go on');
  expect(mock.sessions.size).toBe(0);
  // The installer, while nobody watches.
  mock.machine.reset('ForceOff');
  mock.machine.reset('On');
  expect(await resultOf('install', '--iso', ISO)).toMatchObject({ state: 'installed', seen: 'restarted' });
  expect(mock.machine.booted).toEqual([`cd ${ISO}`, 'disk']);
});
