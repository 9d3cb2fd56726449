/**
 * Numbers of system accounts are the same in every version of an image, and accounts that a newer version brings reach
 * machines that have their own /etc/passwd.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/build/manifest.ts';
import { stableId } from '../../src/tree/account-ids.ts';
import { failureOf, referenceBuild, workFolder } from '../support/builder.ts';
import { ChangedTiny } from '../support/changed-tiny.ts';
import { testImage } from '../support/image.ts';
import { fileInRoot, listRoot } from '../support/root-image.ts';
import { testToolbox } from '../support/toolbox.ts';

const LIST = '/usr/lib/sysusers.d/basalt.conf';

let work: Awaited<ReturnType<typeof workFolder>>;
beforeAll(async () => {
  work = await workFolder('account-ids');
});
afterAll(() => work.remove());

/** Name → fields of a line of passwd(5) or group(5). */
function accounts(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.split(':')[0] ?? '', line.split(':')]));
}

describe('an image with accounts of its own', () => {
  let tiny: ChangedTiny;
  beforeAll(async () => {
    tiny = await ChangedTiny.make(await referenceBuild(), work.path);
  });

  const build = (name: string, lines: readonly string[]) => tiny.build(name, lines);

  async function rootOf(name: string): Promise<string> {
    const manifest = JSON.parse(await readFile(join(work.path, name, 'manifest.json'), 'utf8')) as Manifest;
    return join(work.path, name, manifest.artifacts.find(({ role }) => role === 'root')?.file ?? '');
  }

  const file = 'files: [{ path: /etc/probe.conf, content: x, owner: probe, group: helpers }]';

  it('gives them the numbers of their names, whatever else is there', async () => {
    const probe = '{ name: probe, groups: [helpers] }';
    expect(failureOf(await build('one', [`users: [${probe}]`, file]))).toBeUndefined();
    const more = `{ name: first, groups: [afore] }, ${probe}, { name: people, uid: 1001 }`;
    const chosen = 'accountIds: { afore: 399 }';
    expect(failureOf(await build('more', [`users: [${more}]`, chosen, file]))).toBeUndefined();
    const ids = [stableId('probe', {}), stableId('helpers', {})];
    for (const name of ['one', 'more']) {
      const root = await rootOf(name);
      expect((await listRoot(root)).get('/etc/probe.conf')).toContain(` ${ids.join('/')} `);
      expect(
        accounts(await fileInRoot(root, '/etc/passwd'))
          .get('probe')
          ?.slice(2, 4),
      ).toEqual([String(ids[0]), String(ids[0])]);
      expect(await fileInRoot(root, LIST)).toContain(`\ng helpers ${ids[1]}\n`);
      expect(await fileInRoot(root, LIST)).toContain('\nm probe helpers\n');
    }
    expect(accounts(await fileInRoot(await rootOf('more'), '/etc/passwd')).get('people')?.[2]).toBe('1001');
    expect(accounts(await fileInRoot(await rootOf('more'), '/etc/group')).get('afore')?.[2]).toBe('399');
  });

  it('is not built when two of them would have the same number', async () => {
    const users = 'users: [{ name: probe, groups: [helpers] }]';
    const taken = `accountIds: { helpers: ${stableId('probe', {})} }`;
    expect(failureOf(await build('taken', [users, taken]))).toMatchObject({
      code: 'account-ids-meet',
      seen: expect.stringContaining('helpers and probe'),
    });
  });
});

describe('the image qemu', () => {
  let root: string;
  beforeAll(async () => {
    root = (await testImage()).path('squashfs');
  });

  it('has system accounts with the numbers of their names only, and no file of anybody else', async () => {
    const users = accounts(await fileInRoot(root, '/etc/passwd'));
    const groups = accounts(await fileInRoot(root, '/etc/group'));
    for (const [name, fields] of [...users, ...groups]) {
      const id = Number(fields[2]);
      if (id > 100 && id < 1000) expect(`${name} ${id}`).toBe(`${name} ${stableId(name, {})}`);
    }
    for (const name of ['etcd', 'messagebus', 'sshd', 'systemd-network']) expect(users.has(name)).toBe(true);
    const owners = new Set([...(await listRoot(root)).values()].map((entry) => entry.split(' ')[1] ?? ''));
    const uids = new Set([...users.values()].map((fields) => fields[2]));
    const gids = new Set([...groups.values()].map((fields) => fields[2]));
    for (const owner of owners) {
      expect(uids).toContain(owner.split('/')[0]);
      expect(gids).toContain(owner.split('/')[1]);
    }
    expect((await listRoot(root)).get('/usr/bin/ssh-agent')).toMatch(
      `-rwxr-sr-x 0/${groups.get('_ssh')?.[2]} `,
    );
    expect(await fileInRoot(root, '/usr/lib/tmpfiles.d/basalt-var.conf')).toContain(
      'd /var/lib/etcd 0700 etcd etcd -\n',
    );
    expect(await fileInRoot(root, '/etc/login.defs')).toMatch(/^SYS_UID_MIN 900$/m);
  });

  it('adds its accounts to the /etc/passwd of an older machine, and takes nothing away', async () => {
    const machine = join(work.path, 'machine');
    const sysusers = join(machine, 'usr/lib/sysusers.d');
    await mkdir(sysusers, { recursive: true });
    await mkdir(join(machine, 'etc'));
    await writeFile(join(sysusers, 'basalt.conf'), await fileInRoot(root, LIST));
    // No etcd and no docker yet; another number for sshd, and somebody who has that of _ssh.
    const before = {
      passwd:
        'root:x:0:0:root:/root:/bin/bash\nsshd:x:989:65534::/run/sshd:/usr/sbin/nologin\ncore:x:1000:1000::/home/core:/bin/sh\nmia:x:1001:1001:Mia:/home/mia:/bin/bash\n',
      group: `root:x:0:\nadm:x:4:mia\nlocals:x:${stableId('_ssh', {})}:\nnogroup:x:65534:\ncore:x:1000:\nmia:x:1001:\n`,
      shadow: 'root:*:20000::::::\nsshd:!:20000::::::\ncore:!:20000::::::\nmia:$6$hash:20000::::::\n',
      gshadow: 'root:*::\nadm:*::mia\nlocals:!::\nnogroup:*::\ncore:!::\nmia:!::\n',
    };
    for (const [name, text] of Object.entries(before)) await writeFile(join(machine, 'etc', name), text);
    const run = async () => {
      const toolbox = await testToolbox();
      const { stderr } = await toolbox.run(['systemd-sysusers', '--root=/machine'], {
        binds: [{ source: machine, target: '/machine', writable: true }],
        env: { SOURCE_DATE_EPOCH: '1700000000' },
      });
      return stderr;
    };
    const told = await run();
    expect(told).not.toMatch(/conflict|failed|invalid|not a valid/i);
    expect(told).toMatch(/already used/);
    const read = async (name: string) => accounts(await readFile(join(machine, 'etc', name), 'utf8'));
    const [users, groups, shadow] = [await read('passwd'), await read('group'), await read('shadow')];

    for (const name of ['etcd', 'messagebus', 'systemd-network']) {
      const id = String(stableId(name, {}));
      expect(users.get(name)?.slice(2, 4)).toEqual([id, id]);
      expect(groups.get(name)?.[2]).toBe(id);
    }
    expect(shadow.get('systemd-network')?.[7]).toBe('1');
    expect(shadow.get('etcd')?.[1]).toMatch(/^!/);
    expect(groups.get('docker')?.slice(2)).toEqual([String(stableId('docker', {})), 'core']);
    expect(groups.get('adm')?.[3]?.split(',').sort()).toEqual(['core', 'mia']);
    // What was there keeps its number, its shell and its password.
    expect(users.get('sshd')?.[2]).toBe('989');
    expect(users.get('core')?.[6]).toBe('/bin/sh');
    expect(users.get('mia')?.slice(2)).toEqual(['1001', '1001', 'Mia', '/home/mia', '/bin/bash']);
    expect(shadow.get('mia')?.[1]).toBe('$6$hash');
    expect(groups.get('locals')?.[2]).toBe(String(stableId('_ssh', {})));
    expect(groups.get('_ssh')?.[2]).not.toBe(groups.get('locals')?.[2]);

    // Nothing is missing any more, and nothing is written: /etc/passwd of most machines stays the image's.
    const inode = async () =>
      (await stat(join(machine, 'etc/passwd'))).ino + (await stat(join(machine, 'etc/group'))).ino;
    const once = await inode();
    await run();
    expect(await inode()).toBe(once);
  });
});
