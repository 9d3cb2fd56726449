import { describe, expect, it } from 'vitest';
import { failure, lines, problemsOfText, recipeFolder } from './recipe-folder.ts';

describe('mistakes in recipes', () => {
  it('are told all at once, each at its place, in the order of the file', async () => {
    const folder = await recipeFolder({
      'x.yaml': `extends: bsae
pakages: {add: [curl]}
suite: 13
updates: yes
packages:
  add: [Curl, apt]
  drop: [apt]
kernel:
files:
  - path: etc/motd
    content: hi
    mode: 0644
  - path: /var/lib/x
    source: x/missing
    template: ../y
  - {path: /etc/b, content: b, owner: Bad Name}
  - {path: /etc/b, content: c}
systemd: {enable: [ssh]}
partitions: {esp: 256M, root: 10Q, verity: 1.5M}
compression: {filesystem: squash, level: 99}
`,
      'base.yaml': 'description: base\n',
    });
    const error = await failure('x', folder);
    expect(error.code).toBe('recipe-invalid');
    expect(error.exitCode).toBe(3);
    expect(error.message).toBe('recipe "x" has 22 problems');
    expect(lines(error, folder)).toMatchInlineSnapshot(`
      [
        "x.yaml:1:1: description is missing | what the image is for, in one line; never inherited",
        "x.yaml:1:10: extends is "bsae", which does not exist | looked for bsae.yaml; did you mean "base"? recipes there: base, x",
        "x.yaml:2:1: unknown key "pakages" | did you mean "packages"? allowed: description, extends, suite, architecture, components, updates, security, mirrors, packages, features, kernel, initrd, live, overlays, files, directories, links, users, accountIds, systemd, update, trim, partitions, compression, formats, hooks, variables",
        "x.yaml:3:8: suite is the number 13, not text | put it in quotes: "13"",
        "x.yaml:4:10: updates is "yes", not true or false | write true: YAML 1.2 knows only true and false",
        "x.yaml:6:9: packages.add[0] is "Curl", not a Debian package name | a Debian package name: two or more of a-z 0-9 + - . and no version (\`basalt lock\` keeps versions)",
        "x.yaml:7:10: packages.drop[0] names the package "apt" again: it is in packages.add[1], line 6 | keep it in one list, once",
        "x.yaml:8:8: kernel has no value | remove the key, or give it a value: the kernel and its command line",
        "x.yaml:10:11: files[0].path is "etc/motd", not an absolute path | write /etc/motd",
        "x.yaml:12:11: files[0].mode is the number 0644, not text | put it in quotes: "0644"; without them YAML reads the number 644",
        "x.yaml:13:5: files[1] comes with source and template together | exactly one of content, source, template",
        "x.yaml:13:11: files[1].path is "/var/lib/x", but /var is empty in the image: it is the machine's own partition | have the machine create it: a rule in /usr/lib/tmpfiles.d, see tmpfiles.d(5); its C and L lines take content from the image",
        "x.yaml:14:13: files[1].source is "x/missing", which does not exist | looked for x/missing; its folder does not exist either",
        "x.yaml:15:15: files[1].template is "../y", which has ".." in it | a path outside of the recipe's folder must be absolute",
        "x.yaml:16:39: files[2].owner is "Bad Name", not a user or group name | the user it belongs to: a name such as www-data, or a number",
        "x.yaml:17:12: files[3].path names the path "/etc/b" again: it is in files[2].path, line 16 | keep one of them: within one file there is no later one that could replace it",
        "x.yaml:18:20: systemd.enable[0] is "ssh", not the name of a systemd unit | a systemd unit with its suffix, such as ssh.socket or fstrim.timer",
        "x.yaml:19:19: partitions.esp is "256M", too small | at least 300 MiB: a smaller FAT32 has too few clusters for firmware to read it",
        "x.yaml:19:31: partitions.root is "10Q", not a size | a number with K, M, G or T (2^10 ... 2^40), such as 512M",
        "x.yaml:19:44: partitions.verity is "1.5M", not a multiple of 1 MiB | such as 2M",
        "x.yaml:20:27: compression.filesystem is "squash", which is not one of the choices | did you mean "squashfs"? allowed: squashfs, erofs",
        "x.yaml:20:42: compression.level is the number 99, more than 22 | zstd: 1 to 22 (3 when left out); lz4hc: 1 to 12 (9); others have no levels",
      ]
    `);
  });

  it('of all the files are told together, the recipe first', async () => {
    const folder = await recipeFolder({
      'x.yaml': 'description: x\nextends: base\nfeatures: [f]\nformats: [vdi]\n',
      'base.yaml': 'description: base\nbogus: 1\n',
      'features/f.yaml': 'extends: base\ndescription: f\nhooks: [{script: gone.mjs}]\n',
    });
    expect(lines(await failure('x', folder), folder)).toMatchInlineSnapshot(`
      [
        "x.yaml:4:11: formats[0] is "vdi", which is not one of the choices | allowed: raw, raw.zst, qcow2, vmdk, ova, vhd, vhdx, gce, vagrant-libvirt, vagrant-virtualbox, pxe, live-uki, iso",
        "base.yaml:2:1: unknown key "bogus" | allowed: description, extends, suite, architecture, components, updates, security, mirrors, packages, features, kernel, initrd, live, overlays, files, directories, links, users, accountIds, systemd, update, trim, partitions, compression, formats, hooks, variables",
        "features/f.yaml:1:1: a feature cannot extend a recipe | use features: to build on another feature",
        "features/f.yaml:3:18: hooks[0].script is "gone.mjs", which does not exist | looked for features/gone.mjs; that folder has: f.yaml",
      ]
    `);
  });

  it.each([
    ['/var/lib/x', 'but /var is empty in the image'],
    ['/run/x', 'but /run is a tmpfs'],
    ['/tmp', 'but /tmp is a tmpfs'],
    ['/proc/x', 'but /proc belongs to the kernel'],
    ['/sys/x', 'but /sys belongs to the kernel'],
    ['/dev/x', 'but /dev belongs to the kernel'],
    ['/home/core/x', 'but /home is a link into /var'],
    ['/root/x', 'but /root is a link into /var'],
    ['/srv/x', 'but /srv is a link into /var'],
    ['/opt/x', 'but /opt is a link into /var'],
    ['/mnt/x', 'but /mnt is a link into /var'],
    ['/usr/local/bin/x', 'but /usr/local is a link into /var'],
    ['/lib/x', 'but /lib is a link to /usr/lib'],
    ['/etc/../x', 'which has ".." in it'],
    ['/etc//x', 'which has "//"'],
    ['/etc/x/', 'or a "/" at its end'],
    ['/', 'the root itself'],
    ['etc/x', 'not an absolute path'],
  ])('refuses the path %s', async (path, reason) => {
    for (const key of ['files', 'directories', 'links']) {
      const rest = { files: ', content: x', directories: '', links: ', target: y' }[key] ?? '';
      const problems = await problemsOfText(`description: x\n${key}: [{path: "${path}"${rest}}]\n`);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`${key}[0].path is "${path}", `);
      expect(problems[0]).toContain(reason);
    }
  });

  it('allows paths that only look like refused ones', async () => {
    const text =
      'description: 1\nfiles: [{path: /various/x, content: ""}, {path: /usr/localhost, content: ""}, {path: /libx, content: ""}]\n';
    expect(await problemsOfText(text)).toEqual([
      'x.yaml:1:14: description is the number 1, not text | put it in quotes: "1"',
    ]);
  });

  it.each([
    [
      'files: [{path: /etc/x, content: a, mode: 420}]',
      'files[0].mode is the number 420, not text',
      'without the quotes YAML reads 0644 as the decimal number 644',
    ],
    [
      'files: [{path: /etc/x, content: a, mode: "644"}]',
      'files[0].mode is "644", not a mode',
      'four octal digits',
    ],
    ['files: [{path: /etc/x}]', 'files[0] comes with none of content, source and template', 'exactly one'],
    ['overlays: [../x]', 'overlays[0] is "../x", which has ".." in it', 'must be absolute'],
    ['overlays: [x.yaml]', 'overlays[0] is "x.yaml", which is not a folder', 'a folder'],
    ['overlays: [x.yml]', 'overlays[0] is "x.yml", which does not exist', 'did you mean "x.yaml"?'],
    ['features: [etcdd]', 'feature "etcdd" does not exist', 'features in'],
    [
      'packages: {add: ["curl=8.1"]}',
      'packages.add[0] is "curl=8.1", not a Debian package name',
      'basalt lock',
    ],
    [
      'packages: {add: [a0, a0]}',
      'packages.add[1] names the package "a0" again: it is in packages.add[0], line 2',
      'once',
    ],
    ['users: [{name: Root}]', 'users[0].name is "Root", not a user or group name', 'a-z'],
    ['users: [{name: a}, {name: a}]', 'users[1].name names the user "a" again', 'keep one'],
    [
      'users: [{name: a, uid: 7}, {name: b, uid: 7}]',
      'user "b" has the uid 7, which "a" has too',
      'its own uid',
    ],
    [
      'users: [{name: a, sshAuthorizedKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"]}]',
      'not a public SSH key',
      'ssh-ed25519 AAAA',
    ],
    [
      'systemd: {enable: [a.service], mask: [a.service]}',
      'systemd.mask[0] names the unit "a.service" again',
      'once',
    ],
    ['systemd: {defaultTarget: a.service}', 'not the name of a systemd target', 'multi-user.target'],
    ['kernel: {arguments: [a b]}', 'more than one argument', 'one argument per list item'],
    ['kernel: {arguments: [roothash=00]}', 'which the build writes itself', 'remove it'],
    ['trim: {paths: [/*/x]}', 'which takes away the whole root', 'first folder'],
    [
      'partitions: {root: 4G}',
      'partitions.verity is 16 MiB, too small for the hash tree of a root of 4 GiB',
      'at least 33M',
    ],
    [
      'partitions: {esp: 299M}',
      'partitions.esp is "299M", too small',
      'at least 300 MiB: a smaller FAT32 has too few clusters',
    ],
    ['partitions: {var: 1048577K}', 'partitions.var is "1048577K", not a multiple of 1 MiB', 'such as 1025M'],
    [
      'compression: {algorithm: xz, level: 3}',
      'compression.level is 3, but xz has no levels',
      'remove the level',
    ],
    [
      'compression: {filesystem: erofs, algorithm: xz}',
      'compression.algorithm is "xz", which erofs does not have',
      'zstd, lz4, lz4hc, none',
    ],
    [
      'compression: {filesystem: erofs, algorithm: lz4hc, level: 13}',
      'compression.level is 13, too high for lz4hc',
      '1 to 12',
    ],
    ['compression: {blockSize: 12K}', 'compression.blockSize is 12 KiB, not a power of two', '4K, 8K'],
    ['compression: {blockSize: 2M}', 'compression.blockSize is "2M", too large', 'at most 1 MiB'],
    [
      'compression: {algorithm: zst}',
      'compression.algorithm is "zst", which is not one of the choices',
      'did you mean "zstd"?',
    ],
    ['components: []', 'components is an empty list', 'components of the archive'],
    ['packages: {add: [~]}', 'packages.add[0] has no value', 'give it a value'],
    [
      'accountIds: {tcpdump: 1000}',
      'accountIds.tcpdump is the number 1000, more than 899',
      'from 101 to 899',
    ],
    ['accountIds: {"a b": 200}', '"a b" in accountIds is not a user or group name', ''],
    ['variables: {a-b: 1}', '"a-b" in variables is not a variable name', ''],
    ['variables: {a: [1]}', 'variables.a is a list, not a single value', ''],
    ['mirrors: [{uri: "ftp://mirror.example/debian"}]', 'not the address of an archive', 'https://'],
    [
      'links: [{path: /etc/a, target: b}]\nfiles: [{path: /etc/a/c, content: d}]',
      '"/etc/a/c" is inside of "/etc/a"',
      'move one',
    ],
    [
      'links: [{path: /etc/a, target: b}]\nfiles: [{path: /etc/a, content: d}]',
      'links[0].path names the path "/etc/a" again',
      'keep one',
    ],
  ])('explains %s', async (text, message, hint) => {
    const problems = await problemsOfText(`description: x\n${text}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.split(' | ')[0]).toContain(message);
    expect(problems[0]?.split(' | ')[1]).toContain(hint);
    expect(problems[0]).toMatch(/^x\.yaml:[23]:\d+: /);
  });

  it('points at the overlay that fills folders nobody would see', async () => {
    const folder = await recipeFolder({
      'x.yaml': 'description: x\noverlays: [o]\n',
      'o/var/lib/a': '',
      'o/usr/local/b': '',
      'o/etc/c': '',
    });
    const problems = (await failure('x', folder)).problems.map((problem) => problem.message);
    expect(problems).toEqual([
      'overlays[0] is "o", which has var: on the machine /var is mounted over or leads into /var',
      'overlays[0] is "o", which has usr/local: on the machine /usr/local is mounted over or leads into /var',
    ]);
  });

  it('says which recipes there are when the name is wrong', async () => {
    const folder = await recipeFolder({ 'qemu.yaml': 'description: q\n', 'base.yaml': 'description: b\n' });
    const error = await failure('qmeu', folder);
    expect(error.code).toBe('recipe-not-found');
    expect(error.needed).toBe('did you mean "qemu"? recipes: base, qemu');
  });
});
