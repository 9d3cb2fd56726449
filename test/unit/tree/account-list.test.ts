import { expect, test } from 'vitest';
import { writeAccountList } from '../../../src/tree/account-list.ts';
import { readTreeText } from '../../../src/tree/package-database.ts';
import { Tree } from '../../../src/tree/tree.ts';

test('every account of the tree is listed with its numbers, groups first, and packages’ own lists are gone', () => {
  const tree = new Tree();
  tree.setText(
    '/etc/passwd',
    [
      'root:x:0:0:root:/root:/bin/bash',
      'systemd-network:x:102:102:systemd Network Management:/:/usr/sbin/nologin',
      'etcd:x:141:141::/var/lib/etcd/:/usr/sbin/nologin',
      'odd:x:500:77:100% "odd":/nonexistent:',
      '',
    ].join('\n'),
  );
  tree.setText('/etc/group', 'root:x:0:\nadm:x:4:core,etcd\nsystemd-network:x:102:\netcd:x:141:\n');
  tree.setText('/etc/shadow', 'root:*:20777::::::\nsystemd-network:!*:20777:::::1:\netcd:!:20777::::::\n');
  tree.setText('/usr/lib/sysusers.d/dbus.conf', 'u messagebus - "System Message Bus"\n');
  tree.setText('/etc/sysusers.d/own.conf', 'u own -\n');
  writeAccountList(tree);
  expect(tree.children('/usr/lib/sysusers.d')).toEqual(['basalt.conf']);
  expect(tree.children('/etc/sysusers.d')).toEqual([]);
  expect(readTreeText(tree, '/usr/lib/sysusers.d/basalt.conf')?.split('\n').slice(1, -1)).toEqual([
    'g root 0',
    'g adm 4',
    'g systemd-network 102',
    'g etcd 141',
    'u root 0:root "root" "/root" "/bin/bash"',
    'u! systemd-network 102:systemd-network "systemd Network Management" "/" "/usr/sbin/nologin"',
    'u etcd 141:etcd - "/var/lib/etcd" "/usr/sbin/nologin"',
    'u odd 500:77 "100%% \\"odd\\"" "/nonexistent" -',
    'm core adm',
    'm etcd adm',
  ]);
});
