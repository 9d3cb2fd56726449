import { expect, test } from 'vitest';
import { globExpression } from '../../../src/tree/glob.ts';
import { applyLayout } from '../../../src/tree/layout.ts';
import { dropPackages, keepPackageList, readTreeText } from '../../../src/tree/package-database.ts';
import { keepState, removeResidue } from '../../../src/tree/state.ts';
import { Tree } from '../../../src/tree/tree.ts';
import { trim } from '../../../src/tree/trim.ts';

function treeOf(files: Readonly<Record<string, string>>): Tree {
  const tree = new Tree();
  for (const [path, text] of Object.entries(files)) tree.setText(path, text);
  return tree;
}

const paths = (tree: Tree) =>
  tree.sorted().flatMap(([path, node]) => (node.kind === 'directory' ? [] : [path]));

test('dropping a package removes its files, the directories it leaves empty, and its dead alternatives', () => {
  const tree = treeOf({
    '/usr/bin/perl': 'p',
    '/usr/share/perl/base/x.pm': 'x',
    '/usr/bin/shared': 's',
    '/usr/bin/vi.tiny': 'v',
    '/var/lib/dpkg/info/perl-base.list':
      '/.\n/usr\n/usr/bin\n/usr/bin/perl\n/usr/share/perl\n/usr/share/perl/base\n/usr/share/perl/base/x.pm\n/usr/bin/shared\n',
    '/var/lib/dpkg/info/vim:amd64.list': '/.\n/usr/bin/vi.tiny\n',
    '/var/lib/dpkg/info/kept.list': '/.\n/usr\n/usr/bin\n/usr/bin/shared\n',
    '/var/lib/dpkg/status':
      'Package: perl-base\nStatus: install ok installed\n\nPackage: kept\n\nPackage: vim\n',
  });
  tree.setLink('/etc/alternatives/vi', '/usr/bin/vi.tiny');
  tree.setLink('/usr/bin/vi', '/etc/alternatives/vi');
  dropPackages(tree, new Set(['perl-base', 'vim']));
  expect(paths(tree)).toEqual(['/usr/bin/shared', '/var/lib/dpkg/info/kept.list', '/var/lib/dpkg/status']);
  expect(tree.has('/usr/share/perl')).toBe(false);
  expect(tree.has('/usr/bin')).toBe(true);
  expect(readTreeText(tree, '/var/lib/dpkg/status')).toBe('Package: kept\n');
});

test('paths that packages give through a directory link are found where they are', () => {
  const tree = treeOf({ '/usr/lib/libx.so': 'x', '/var/lib/dpkg/info/x.list': '/lib/libx.so\n' });
  tree.setLink('/lib', 'usr/lib');
  dropPackages(tree, new Set(['x']));
  expect(tree.has('/usr/lib/libx.so')).toBe(false);
});

test('state in /var is described for tmpfiles.d with owners and modes, and /var is empty', () => {
  const tree = new Tree();
  tree.setDirectory('/var/lib/etcd', 0o700, 104, 105);
  tree.set('/var/lib/foo/seed data', {
    kind: 'file',
    mode: 0o640,
    uid: 7,
    gid: 8,
    content: { kind: 'bytes', bytes: Buffer.from('s') },
  });
  tree.setLink('/var/run', '/run');
  keepState(tree);
  expect(tree.under('/var')).toEqual([]);
  expect(readTreeText(tree, '/usr/lib/tmpfiles.d/basalt-var.conf')?.split('\n').slice(1, -1)).toEqual([
    'd /var/lib 0755 0 0 -',
    'd /var/lib/etcd 0700 104 105 -',
    'd /var/lib/foo 0755 0 0 -',
    'C "/var/lib/foo/seed data" 0640 7 8 - "/usr/share/factory/var/lib/foo/seed data"',
    'L /var/run - - - - /run',
  ]);
  expect(readTreeText(tree, '/usr/share/factory/var/lib/foo/seed data')).toBe('s');
});

test('what identifies a machine, logs and caches leave the image; directories of /var keep their modes', () => {
  const tree = treeOf({
    '/etc/ssh/ssh_host_ed25519_key': 'secret',
    '/etc/ssh/sshd_config': 'x',
    '/etc/passwd-': 'old',
    '/etc/machine-id': 'abc',
    '/boot/vmlinuz': 'k',
    '/var/log/dpkg.log': 'l',
  });
  tree.setDirectory('/var/log/journal', 0o2755, 0, 999);
  removeResidue(tree);
  expect(paths(tree)).toEqual(['/etc/machine-id', '/etc/ssh/sshd_config']);
  expect(readTreeText(tree, '/etc/machine-id')).toBe('uninitialized\n');
  expect(tree.get('/var/log/journal')).toMatchObject({ mode: 0o2755, gid: 999 });
});

test('writable folders become links into /var, with what packages put there', () => {
  const tree = treeOf({ '/root/.profile': 'p', '/usr/local/share/x': 'x' });
  applyLayout(tree);
  expect(tree.get('/root')).toMatchObject({ kind: 'symlink', target: 'var/roothome' });
  expect(tree.get('/usr/local')).toMatchObject({ kind: 'symlink', target: '../var/usrlocal' });
  expect(readTreeText(tree, '/var/roothome/.profile')).toBe('p');
  expect(tree.get('/var/roothome')).toMatchObject({ kind: 'directory', mode: 0o700 });
  expect(readTreeText(tree, '/var/usrlocal/share/x')).toBe('x');
  expect(tree.get('/tmp')).toMatchObject({ mode: 0o1777 });
});

test('the package list moves to /usr, and /var/lib/dpkg leads there', () => {
  const tree = treeOf({
    '/var/lib/dpkg/status': 'Package: a\n',
    '/var/lib/dpkg/info/a.md5sums': 'm',
    '/var/lib/dpkg/info/a.postinst': 'p',
  });
  keepPackageList(tree);
  expect(readTreeText(tree, '/usr/lib/sysimage/dpkg/status')).toBe('Package: a\n');
  expect(tree.has('/usr/lib/sysimage/dpkg/info/a.md5sums')).toBe(true);
  expect(tree.has('/usr/lib/sysimage/dpkg/info/a.postinst')).toBe(false);
  expect(tree.get('/var/lib/dpkg')).toMatchObject({ kind: 'symlink', target: '../../usr/lib/sysimage/dpkg' });
});

test('trimming keeps copyright files and the locales asked for', () => {
  const tree = treeOf({
    '/usr/share/doc/bash/copyright': 'c',
    '/usr/share/doc/bash/README': 'r',
    '/usr/share/doc/empty/changelog.gz': 'r',
    '/usr/share/man/man1/ls.1.gz': 'm',
    '/usr/share/locale/de/x.mo': 'x',
    '/usr/lib/locale/C.utf8/LC_CTYPE': 'x',
    '/usr/lib/udev/hwdb.d/20-pci.hwdb': 'h',
  });
  trim(tree, {
    documentation: true,
    manPages: true,
    keepLocales: ['C.UTF-8'],
    paths: ['/usr/lib/udev/hwdb.d/**'],
  });
  expect(paths(tree)).toEqual(['/usr/lib/locale/C.utf8/LC_CTYPE', '/usr/share/doc/bash/copyright']);
  expect(tree.has('/usr/share/doc/empty')).toBe(false);
});

test.each([
  ['/a/*', '/a/b', true],
  ['/a/*', '/a/b/c', false],
  ['/a/**', '/a/b/c', true],
  ['/a/**', '/a', false],
  ['/a/**/c', '/a/c', true],
  ['/a/**/c', '/a/x/y/c', true],
  ['/etc/{passwd,group}-', '/etc/group-', true],
  ['/etc/rc?.d', '/etc/rc5.d', true],
  ['/a.b', '/axb', false],
])('glob %s on %s: %s', (pattern, path, matches) => {
  expect(globExpression(pattern).test(path)).toBe(matches);
});
