/** The installer's screens on a real terminal of 80x24, through the whole flow, wrong inputs included. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bundleFakeInstaller } from '../support/installer/bundle.ts';
import { KEY, OTHER_KEY } from '../support/installer/fake-port.ts';
import { TmuxTerminal } from '../support/tmux.ts';

const templates = resolve(import.meta.dirname, '../../templates/cloud-config');
const UTF8 = { TERM: 'xterm-256color', LANG: 'C.UTF-8' };
const SERIAL = { TERM: 'vt100', NO_COLOR: '1' };

let folder: string;
let program: string;
let terminal: TmuxTerminal | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-installer-tui-'));
  program = await bundleFakeInstaller(folder);
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(
  env: Readonly<Record<string, string>>,
  { hold = '', failIn = '', columns = 80, rows = 24 } = {},
): Promise<TmuxTerminal> {
  const command = [process.execPath, program, templates, hold, failIn] as const;
  terminal = await TmuxTerminal.start(command, { env, columns, rows });
  await terminal.sees('Welcome');
  return terminal;
}

/** Compares what is seen with the golden file of that name. */
async function pictured(name: string, screen: string): Promise<void> {
  const lines = screen.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  for (const line of lines) expect([...line].length).toBeLessThan(80);
  await expect(screen).toMatchFileSnapshot(`../golden/installer/${name}.txt`);
}

test.each([
  ['utf8', UTF8],
  ['vt100', SERIAL],
])('the whole way, on a terminal of kind %s', async (kind, env) => {
  const hold = join(folder, `hold-${kind}`);
  const it = await start(env, { hold });
  const picture = async (name: string, text: string | RegExp) =>
    pictured(`${kind}-${name}`, await it.sees(text));
  await picture('01-welcome', '25 Gbit/s');

  // The disk: one that is refused, then one with an older Basalt, back, then one with LVM.
  await it.press('Enter');
  await it.sees('Which disk');
  await it.press('End', 'Enter');
  await picture('02-disk-refused', 'sdf cannot be chosen');
  await it.press('Home', 'Down');
  await picture('03-disk', 'root_1.1.0');
  await it.press('Enter');
  await picture('04-data', 'What should become of the data?');
  await it.press('Escape');
  await it.sees('Which disk');
  await it.press('Down', 'Enter');

  // The network: a wrong address, gateway and server, then right ones; a bond of one card, then of two; a VLAN.
  await it.sees('reaches its networks');
  await it.press('Home', 'Enter');
  await it.sees('How does this card');
  await it.press('Right', 'Tab');
  await it.type('10.0.0.5');
  await it.press('Tab');
  await it.type('10.0.1.1');
  await it.press('Tab');
  await it.type('dns.example.com');
  await it.press('Tab', 'Enter');
  await picture('05-address-wrong', 'has no prefix');
  await it.type('/24');
  await it.press('Tab', 'Tab', 'Tab', 'Enter');
  await it.sees('is not in the network');
  await it.press('C-u');
  await it.type('10.0.0.1');
  await it.press('Tab', 'C-u');
  await it.type('10.0.0.2, 10.0.0.3');
  await it.press('Tab', 'Enter');
  await it.sees('10.0.0.5/24');
  await it.press('End', 'Up', 'Up', 'Enter');
  await it.sees('New bond');
  await it.press('Tab', 'Tab', 'Tab', 'Space', 'Tab', 'Tab', 'Tab', 'Tab', 'Enter');
  await picture('06-bond-wrong', 'a bond has two cards at least');
  await it.press('Tab', 'Tab', 'Tab', 'Space', 'Tab', 'Tab', 'Right', 'Right', 'Tab', 'Enter');
  await it.sees('in bond0');
  await it.press('End', 'Up', 'Enter');
  await it.sees('New VLAN');
  await it.type('4095');
  await it.press('Tab', 'Tab', 'Tab', 'Enter');
  await it.sees('"4095" is not the id of a VLAN');
  await it.press('C-u');
  await it.type('100');
  await it.press('Tab', 'Tab', 'Tab', 'Enter');
  await picture('07-network', 'on bond0');

  // The name and the keys: wrong ones, pasted ones, from a stick, from an address that fails.
  await it.press('End', 'Enter');
  await it.sees('Public ssh keys');
  await it.press('Home', 'Enter');
  await it.sees('The name of this machine');
  await it.type('node_1');
  await it.press('Enter');
  await picture('08-host-name-wrong', 'did you mean "node-1"?');
  await it.press('C-u');
  await it.type('node1.example.com');
  await it.press('Enter');
  await it.sees(/. node1\.example\.com/);
  await it.press('Down', 'Enter');
  await it.sees('Paste or type');
  await it.type(KEY.slice(0, 60));
  await it.press('Enter');
  await it.sees('is not whole');
  await it.press('C-u');
  await it.paste(`${KEY}\n${OTHER_KEY}\n`);
  await it.sees('2 keys so far');
  await it.press('Enter');
  await it.sees('bob@example.com');
  await it.press('Down', 'Enter');
  await it.sees('The address of a text');
  await it.press('C-u');
  await it.type('https://example.com/nothing');
  await it.press('Enter');
  await picture('09-address-fails', '404 Not Found');
  await it.press('Escape');
  await it.sees('Public ssh keys');
  await it.press('Down', 'Enter');
  await it.sees('BACKUP: keys/ann.pub');
  await it.press('Down', 'Down', 'Enter');
  await it.sees('has no type of a public key');
  await it.press('Enter');
  await it.sees('BACKUP: keys/ann.pub');
  await it.press('Escape');
  await picture('10-name-and-keys', 'bob@example.com');

  // The role: a broken file, then a template with a wrong value, then right ones.
  await it.press('End', 'Enter');
  await it.sees('What is this machine for?');
  await it.press('End', 'Up', 'Enter');
  await it.sees('BACKUP: broken.yaml');
  await it.press('End', 'Enter');
  await it.sees('unknown key "hostnam"');
  await it.press('Home', 'Down', 'Down');
  await picture('11-role', /[›>] etcd-member /);
  await it.press('Enter');
  await it.sees('a member of the new cluster');
  await it.type('node1');
  await it.press(...Array<string>(8).fill('Tab'), 'Enter');
  await it.sees('"node1" cannot be member');
  await it.type('=10.0.0.5');
  await it.press('Tab');
  await it.type('node2=10.0.0.6');
  await it.press('Tab');
  await it.type('node3=10.0.0.7');
  await picture('12-template', 'node3=10.0.0.7');
  await it.press(...Array<string>(8).fill('Tab'), 'Enter');

  // What will happen; the name of the disk, wrong and right.
  await picture('13-review', 'more lines');
  await it.press('PPage', 'End');
  await it.sees('Id=100');
  await it.press('Enter');
  await it.sees('Everything on sdb will be erased');
  await it.type('sda');
  await it.press('Enter');
  await picture('14-confirm-wrong', '"sda" is not sdb');
  await it.press('C-c');
  await picture('15-leave', 'Nothing was written.');
  await it.press('Enter', 'C-u');
  await it.type('sdb');
  await it.sees('to erase it: sdb');
  const { row, column, isSeen } = await it.cursor();
  expect({ row, column, isSeen }).toEqual({ row: 7, column: 25, isSeen: true });
  await it.press('Enter');

  // The installation, held at 45 % of the copying.
  await picture('16-progress', '921.6 MiB of 2 GiB');
  await it.press('C-c');
  await picture('17-stop', 'What was on the disk is gone, and nothing');
  await it.press('Escape');
  await it.sees('921.6 MiB of 2 GiB');
  await writeFile(hold, '');
  await picture('18-installed', 'is installed on sdb');
  await it.press('Down', 'Enter');
  await it.sees('BACKUP, 2 GiB, vfat');
  await it.press('Enter');
  await it.sees('basalt-install-7XK2QN3.log on BACKUP');
  await it.press('Enter', 'Home', 'Enter');
  await it.sees('ended: installed, 1 installations, 1 restarts');
});

test('a failure: what was seen, and the way back to the disks', async () => {
  const it = await start(UTF8, { failIn: 'copy' });
  await it.press('Enter', 'Enter', 'Enter', 'Enter', 'Enter', 'Enter');
  await it.sees('Everything on nvme0n1');
  await it.type('nvme0n1');
  await it.press('Enter');
  await pictured('utf8-failed', await it.sees('The installation failed'));
  await it.press('Enter');
  await it.sees('Which disk');
});

test('stopped: the question, what it means, and the end', async () => {
  const it = await start(UTF8, { hold: join(folder, 'never-there') });
  await it.press('Enter', 'Enter', 'Enter', 'Enter', 'Enter', 'Enter');
  await it.type('nvme0n1');
  await it.press('Enter');
  await it.sees('921.6 MiB of 2 GiB');
  await it.press('C-c', 'Down', 'Enter');
  await it.sees('Stopping.');
  await writeFile(join(folder, 'never-there'), '');
  await pictured('utf8-stopped', await it.sees('The installation was stopped.'));
  await it.press('C-c', 'Down', 'Enter');
  await it.sees('ended: left, 1 installations, 0 restarts');
});

test('noise of the kernel on the console is gone with Ctrl-L, and the terminal may change its size', async () => {
  const it = await start(UTF8);
  await it.press('Enter');
  const before = await it.sees('Which disk');
  await it.resize(60, 16);
  await it.sees('This terminal is 60x16');
  await it.sees('nvme0n1');
  await it.resize(80, 24);
  // The last disk: the small screen has no room for it.
  expect(await it.sees('Cruzer Blade')).toBe(before);
  await it.press('C-l');
  expect(await it.sees('Esc back')).toBe(before);
});

test('leaving gives the terminal back', async () => {
  const it = await start(UTF8);
  await it.press('C-c', 'Down', 'Enter');
  const screen = await it.sees('ended: left, 0 installations');
  expect(screen.trimEnd().split('\n').length).toBeLessThanOrEqual(24);
  expect((await it.cursor()).isSeen).toBe(true);
});
