/** The Vagrant box: Debian's own vagrant starts it with libvirt and logs in, by the project's Vagrantfile. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recipeImage } from '../support/recipe-image.ts';
import { testToolbox } from '../support/toolbox.ts';
import { VagrantHost } from '../support/vagrant-host.ts';

const home = resolve(import.meta.dirname, '../..');
/** libvirt needs a network of its own, and Vagrant's libvirt no user's session: that takes root. */
const isRoot = process.getuid?.() === 0;
/** First boots are emulated, since the machine in a machine has no KVM that is known to work. */
const BOOT_SECONDS = 2400;

let remove: () => Promise<void> = async () => undefined;
let folder: string;
let host: VagrantHost;

describe.skipIf(!isRoot)('with libvirt (skipped without root)', () => {
  beforeAll(async () => {
    const built = await recipeImage('vagrant');
    remove = built.remove;
    folder = await mkdtemp(join(tmpdir(), 'basalt-vagrant-test-'));
    host = await VagrantHost.make(await testToolbox(), folder);
    const box = built.image.path('vagrant-libvirt');
    await copyFile(box, join(host.work, basename(box)));
    await copyFile(join(home, 'Vagrantfile'), join(host.work, 'Vagrantfile'));
  });
  afterAll(async () => {
    await remove();
    await rm(folder, { recursive: true, force: true });
  });

  test('vagrant up, vagrant ssh, vagrant destroy', async () => {
    const said = await host.run(
      `export BASALT_BOXES=/work BASALT_DRIVER=qemu BASALT_BOOT_SECONDS=${BOOT_SECONDS}
       vagrant validate
       vagrant up --provider=libvirt --no-tty
       in_machine() { vagrant ssh --no-tty -c "$1" -- -q; }
       echo "user: $(in_machine 'id -un')"
       echo "root: $(in_machine 'sudo -n id -un')"
       echo "system: $(in_machine 'findmnt -no SOURCE /')"
       echo "empty slots: $(in_machine 'lsblk -no PARTLABEL | grep -c ^_empty')"
       echo "keys that everybody has: $(in_machine 'grep -c insecure .ssh/authorized_keys || true')"
       echo "failed: $(in_machine 'systemctl --failed --no-legend')"
       vagrant destroy --force
       echo "left: $(virsh -c qemu:///system list --all --name)"`,
      2 * BOOT_SECONDS * 1000,
    );
    expect(said.split('\n').map((line) => line.trimEnd())).toEqual(
      expect.arrayContaining([
        'user: vagrant',
        'root: root',
        'system: /dev/mapper/root',
        'empty slots: 2',
        // Vagrant put its own in place of them.
        'keys that everybody has: 0',
        'failed:',
        'left:',
      ]),
    );
  });

  test('three machines become an etcd cluster, by a variable', async () => {
    const said = await host.run(
      `export BASALT_BOXES=/work BASALT_DRIVER=qemu BASALT_BOOT_SECONDS=${BOOT_SECONDS} BASALT_NODES=3
       vagrant up --provider=libvirt --no-tty
       in_machine() { vagrant ssh --no-tty "$1" -c "$2" -- -q; }
       in_machine node1 "timeout 900 sh -c 'until etcdctl endpoint health --cluster; do sleep 5; done'"
       echo "members: $(in_machine node2 'etcdctl member list | grep -c started')"
       in_machine node1 'etcdctl put greeting hello'
       echo "greeting: $(in_machine node3 'etcdctl get --print-value-only greeting')"
       for node in node1 node2 node3; do
         echo "name: $(in_machine $node 'cat /proc/sys/kernel/hostname')"
         echo "failed: $(in_machine $node 'systemctl --failed --no-legend')"
       done
       vagrant destroy --force
       echo "left: $(virsh -c qemu:///system list --all --name)"`,
      3 * BOOT_SECONDS * 1000,
    );
    const lines = said.split('\n').map((line) => line.trimEnd());
    expect(lines).toEqual(
      expect.arrayContaining([
        'members: 3',
        'greeting: hello',
        'name: node1',
        'name: node2',
        'name: node3',
        'left:',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('failed:'))).toEqual(['failed:', 'failed:', 'failed:']);
  });
});
