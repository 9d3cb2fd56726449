/** A recipe that uses every key. */
export const fullRecipe = `description: What this image is for
extends: base
suite: trixie
architecture: amd64
components: [main]
updates: true
security: false
mirrors:
  - uri: http://mirror.example/debian
    suites: [trixie]
    components: [main]
    keyring: keys/foo.gpg
packages:
  add: [openssh-server]
  drop: [apt]
features: [docker]
kernel:
  package: linux-image-cloud-amd64
  arguments: [console=ttyS0]
  dropArguments: [quiet]
  modules: {drop: ["drivers/gpu/**"], keep: [mgag200]}
initrd:
  packages: [dracut-core]
  modules: [systemd-veritysetup]
  drivers: [virtio_blk, =drivers/net]
live:
  packages: [nodejs]
  arguments: [basalt.install.unattended=yes]
overlays: [base/rootfs]
files:
  - {path: /etc/foo, content: "text", mode: "0600", owner: root, group: 0}
  - {path: /etc/bar, source: base/bar}
  - {path: /etc/baz, template: base/baz.hbs}
directories: [{path: /etc/bar.d, mode: "0755", owner: root, group: root}]
links: [{path: /etc/x, target: ../usr/x}]
users:
  - name: core
    uid: 1000
    group: core
    groups: [sudo]
    shell: /bin/bash
    home: /home/core
    description: Operator
    sshAuthorizedKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA core@mirror.example]
accountIds: {tcpdump: 310, Debian-exim: 311}
systemd: {enable: [ssh.socket], disable: [a.timer], mask: [b.service], defaultTarget: multi-user.target}
update: {server: https://updates.example.com/basalt, channel: beta, root: keys/root.json}
trim: {documentation: true, manPages: true, keepLocales: [C.UTF-8, de_DE.UTF-8], paths: [/usr/share/foo/**]}
partitions: {esp: 512M, root: 1.5G, verity: 16M, var: 1G}
compression: {filesystem: squashfs, algorithm: zstd, level: 3, blockSize: 128K}
formats: [raw, qcow2]
hooks: [{script: hooks/x.mjs, environment: {A: b}}]
variables: {greeting: hello, count: 3, on: true}
`;

/** The files that {@link fullRecipe} names. */
export const fullRecipeFiles = {
  'base.yaml': 'description: base\n',
  'features/docker.yaml': 'description: docker\n',
  'keys/foo.gpg': '',
  'keys/root.json': '{}',
  'base/rootfs/etc/motd': '',
  'base/bar': '',
  'base/baz.hbs': '',
  'hooks/x.mjs': '',
};
