import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRecipes } from '../../../src/recipe/list.ts';
import { loadRecipe } from '../../../src/recipe/load.ts';
import { failure, fill, lines, recipeFolder } from './recipe-folder.ts';

const names = (requests: readonly { name: string }[]) => requests.map((request) => request.name);

describe('loadRecipe', () => {
  it('puts an argument of the installer in place of the inherited one: each may be there once', async () => {
    const live = (server: string, more: string) =>
      `description: x\nlive: {arguments: [basalt.install.server=${server}${more}]}\n`;
    const folder = await recipeFolder({
      'rack.yaml': live('http://10.0.0.1', ', debug, basalt.install.unattended=yes'),
      'rack2.yaml': `extends: rack\n${live('http://10.0.0.2', ', debug')}`,
    });
    const { arguments: said } = (await loadRecipe('rack2', { imagesDir: folder })).live;
    expect(said).toEqual(['basalt.install.unattended=yes', 'basalt.install.server=http://10.0.0.2', 'debug']);
  });

  it('fills in every default', async () => {
    const folder = await recipeFolder({ 'x.yaml': 'description: Small\n' });
    const file = join(folder, 'x.yaml');
    expect(await loadRecipe('x', { imagesDir: folder })).toEqual({
      name: 'x',
      description: 'Small',
      sources: [file],
      suite: 'trixie',
      architecture: 'amd64',
      components: ['main'],
      updates: true,
      security: true,
      mirrors: [],
      packages: { add: [], drop: [] },
      features: [],
      kernel: {
        package: { name: 'linux-image-cloud-amd64', origin: { file, line: 0, column: 0 } },
        arguments: [],
        modules: { drop: [], keep: [] },
      },
      initrd: { packages: [], modules: [], drivers: [] },
      live: { packages: [], arguments: [] },
      overlays: [],
      files: [],
      directories: [],
      links: [],
      users: [],
      accountIds: {},
      systemd: { enable: [], disable: [], mask: [], defaultTarget: 'multi-user.target' },
      trim: { documentation: true, manPages: true, keepLocales: undefined, paths: [] },
      partitions: {
        espBytes: 512 * 2 ** 20,
        rootBytes: 2 ** 30,
        verityBytes: 16 * 2 ** 20,
        varMinimumBytes: 2 ** 30,
      },
      compression: { filesystem: 'squashfs', algorithm: 'zstd', level: 3, blockSizeBytes: 131072 },
      formats: ['raw'],
      hooks: [],
      variables: {},
    });
  });

  it('resolves entries: absolute paths, modes, owners, origins', async () => {
    const folder = await recipeFolder({
      'x.yaml': `description: x
files:
  - {path: /etc/a, source: src/a, mode: "4755", owner: 0, group: adm}
  - {path: /etc/b, template: src/b.hbs}
overlays: [src]
hooks: [{script: src/a, environment: {A: b}}]
mirrors: [{uri: "https://mirror.example/debian", keyring: src/a}]
users: [{name: app}]
`,
      'src/a': '',
      'src/b.hbs': '',
    });
    const recipe = await loadRecipe(join(folder, 'x.yaml'), { imagesDir: '/nonexistent' });
    const at = (line: number, column: number) => ({ file: join(folder, 'x.yaml'), line, column });
    const source = join(folder, 'src/a');
    expect(recipe.files).toEqual([
      {
        path: '/etc/a',
        content: { kind: 'copy', source },
        mode: 0o4755,
        owner: '0',
        group: 'adm',
        origin: at(3, 5),
      },
      {
        path: '/etc/b',
        content: { kind: 'template', source: join(folder, 'src/b.hbs') },
        mode: 0o644,
        owner: 'root',
        group: 'root',
        origin: at(4, 5),
      },
    ]);
    expect(recipe.overlays).toEqual([{ source: join(folder, 'src'), origin: at(5, 12) }]);
    expect(recipe.hooks).toEqual([{ script: source, environment: { A: 'b' }, origin: at(6, 9) }]);
    expect(recipe.mirrors).toEqual([
      { uri: 'https://mirror.example/debian', suites: ['trixie'], components: ['main'], keyring: source },
    ]);
    expect(recipe.users).toEqual([
      {
        name: 'app',
        uid: undefined,
        group: undefined,
        groups: [],
        shell: '/bin/bash',
        home: '/home/app',
        description: '',
        sshAuthorizedKeys: [],
        origin: at(8, 9),
      },
    ]);
  });

  it('merges base, features and recipe in this order', async () => {
    const folder = await recipeFolder({
      'base.yaml': `description: base
suite: sid
components: [main, contrib]
security: false
packages: {add: [curl, nano], drop: [apt]}
kernel: {package: linux-image-amd64, arguments: [console=ttyS0, quiet]}
files: [{path: /etc/a, content: base}, {path: /etc/b, content: base}]
directories: [{path: /etc/d}]
users: [{name: core, uid: 1000, groups: [sudo], home: /home/c}]
systemd: {enable: [a.service, b.service], defaultTarget: rescue.target}
trim: {keepLocales: [C.UTF-8], paths: [/usr/a]}
formats: [qcow2]
accountIds: {tcpdump: 310, uuidd: 311}
variables: {a: base, b: base}
`,
      'x.yaml': `description: x
extends: base
features: [web]
components: [main]
packages: {add: [apt], drop: [nano, nginx]}
kernel: {arguments: [quiet]}
files: [{path: /etc/d, content: x}]
systemd: {mask: [b.service]}
trim: {paths: [/usr/x]}
variables: {b: x}
`,
      'features/web.yaml': `description: web
features: [tls]
packages: {add: [nginx, curl]}
kernel: {arguments: [quiet, console=ttyS0]}
users: [{name: core, groups: [www-data], shell: /bin/sh}]
files: [{path: /etc/w, content: web}]
accountIds: {uuidd: 312}
variables: {b: web, c: web}
`,
      'features/tls.yaml':
        'description: tls\npackages: {add: [openssl]}\nlinks: [{path: /etc/a, target: b}]\n',
    });
    const recipe = await loadRecipe('x', { imagesDir: folder });
    expect(recipe.description).toBe('x');
    expect(recipe.sources.map((file) => file.slice(folder.length + 1))).toEqual([
      'x.yaml',
      'base.yaml',
      'features/tls.yaml',
      'features/web.yaml',
    ]);
    expect(recipe.features).toEqual(['tls', 'web']);
    expect(recipe.suite).toBe('sid');
    expect(recipe.security).toBe(false);
    expect(recipe.components).toEqual(['main']);
    expect(names(recipe.packages.add)).toEqual(['curl', 'openssl', 'apt']);
    expect(names(recipe.packages.drop)).toEqual(['nano', 'nginx']);
    expect(recipe.packages.add[0]?.origin).toEqual({ file: join(folder, 'base.yaml'), line: 5, column: 18 });
    expect(recipe.kernel.package.name).toBe('linux-image-amd64');
    expect(recipe.kernel.arguments).toEqual(['console=ttyS0', 'quiet']);
    expect(recipe.files.map(({ path, content }) => [path, content])).toEqual([
      ['/etc/b', { kind: 'text', text: 'base' }],
      ['/etc/w', { kind: 'text', text: 'web' }],
      ['/etc/d', { kind: 'text', text: 'x' }],
    ]);
    expect(recipe.links.map((link) => link.path)).toEqual(['/etc/a']);
    expect(recipe.directories).toEqual([]);
    expect(recipe.users).toHaveLength(1);
    expect(recipe.users[0]).toMatchObject({
      uid: 1000,
      groups: ['sudo', 'www-data'],
      shell: '/bin/sh',
      home: '/home/c',
    });
    expect(recipe.systemd).toEqual({
      enable: ['a.service'],
      disable: [],
      mask: ['b.service'],
      defaultTarget: 'rescue.target',
    });
    expect(recipe.trim).toMatchObject({ keepLocales: ['C.UTF-8'], paths: ['/usr/a', '/usr/x'] });
    expect(recipe.formats).toEqual(['qcow2']);
    expect(recipe.accountIds).toEqual({ tcpdump: 310, uuidd: 312 });
    expect(recipe.variables).toEqual({ a: 'base', b: 'x', c: 'web' });
  });

  it('merges a feature once, however many ask for it', async () => {
    const folder = await recipeFolder({
      'x.yaml': 'description: x\nfeatures: [a, b]\n',
      'features/a.yaml': 'description: a\nfeatures: [c]\nhooks: []\n',
      'features/b.yaml': 'description: b\nfeatures: [c]\n',
      'features/c.yaml': 'description: c\nhooks: [{script: c.mjs}]\n',
      'features/c.mjs': '',
    });
    const recipe = await loadRecipe('x', { imagesDir: folder });
    expect(recipe.features).toEqual(['c', 'a', 'b']);
    expect(recipe.hooks).toHaveLength(1);
  });

  it('forgets the level of another algorithm, and all of another file system', async () => {
    const folder = await recipeFolder({
      'base.yaml': 'description: b\ncompression: {algorithm: zstd, level: 19, blockSize: 1M}\n',
      'xz.yaml': 'description: x\nextends: base\ncompression: {algorithm: xz}\n',
      'same.yaml': 'description: x\nextends: base\ncompression: {algorithm: zstd}\n',
      'erofs.yaml': 'description: x\nextends: base\ncompression: {filesystem: erofs}\n',
    });
    const compressionOf = async (name: string) => (await loadRecipe(name, { imagesDir: folder })).compression;
    expect(await compressionOf('xz')).toEqual({
      filesystem: 'squashfs',
      algorithm: 'xz',
      level: undefined,
      blockSizeBytes: 2 ** 20,
    });
    expect(await compressionOf('same')).toMatchObject({ level: 19 });
    expect(await compressionOf('erofs')).toEqual({
      filesystem: 'erofs',
      algorithm: 'zstd',
      level: 3,
      blockSizeBytes: 65536,
    });
  });

  it('finds what a recipe outside of the images folder extends', async () => {
    const images = await recipeFolder({ 'base.yaml': 'description: base\nsuite: sid\n' });
    const own = await recipeFolder({
      'my.yaml': 'description: my\nextends: base\n',
      'deep/d.yaml': 'description: d\nextends: ../my.yaml\n',
    });
    expect((await loadRecipe(join(own, 'my.yaml'), { imagesDir: images })).suite).toBe('sid');
    expect((await loadRecipe(join(own, 'deep/d.yaml'), { imagesDir: images })).suite).toBe('sid');
    // A sibling comes first.
    await fill(own, { 'base.yaml': 'description: mine\nsuite: forky\n' });
    expect((await loadRecipe(join(own, 'my.yaml'), { imagesDir: images })).suite).toBe('forky');
  });

  it('names circles', async () => {
    const folder = await recipeFolder({
      'a.yaml': 'description: a\nextends: b\n',
      'b.yaml': 'description: b\nextends: a\n',
      'self.yaml': 'description: s\nextends: self\n',
      'f.yaml': 'description: f\nfeatures: [p]\n',
      'features/p.yaml': 'description: p\nfeatures: [q]\n',
      'features/q.yaml': 'description: q\nfeatures: [p]\n',
    });
    const problems = async (name: string) => lines(await failure(name, folder), folder);
    expect(await problems('a')).toEqual(['b.yaml:2:10: a circle: a -> b -> a | remove one of its links']);
    expect(await problems('self')).toEqual([
      'self.yaml:2:10: a circle: self -> self | remove one of its links',
    ]);
    expect(await problems('f')).toEqual([
      'features/q.yaml:2:12: a circle: p -> q -> p | remove one of its links',
    ]);
  });
});

describe('listRecipes', () => {
  it('lists names and descriptions, of broken recipes too', async () => {
    const folder = await recipeFolder({
      'b.yaml': 'description: B\n',
      'a.yaml': 'bogus: [',
      'notes.txt': '',
      'features/f.yaml': 'description: f\n',
    });
    expect(await listRecipes(folder)).toEqual([
      { name: 'a', file: join(folder, 'a.yaml'), description: undefined },
      { name: 'b', file: join(folder, 'b.yaml'), description: 'B' },
    ]);
    expect(await listRecipes(join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('kernel.dropArguments', () => {
  it('leaves out what is inherited, also through a recipe between, and not what comes later', async () => {
    const folder = await recipeFolder({
      'base.yaml': 'description: b\nkernel: {arguments: [ro, quiet, console=ttyS0]}\n',
      'middle.yaml': 'description: m\nextends: base\nkernel: {dropArguments: [quiet, "console=ttyS0"]}\n',
      'top.yaml': 'description: t\nextends: middle\nkernel: {arguments: [console=ttyS1, quiet]}\n',
    });
    const { kernel } = await loadRecipe('top', { imagesDir: folder });
    expect(kernel.arguments).toEqual(['ro', 'console=ttyS1', 'quiet']);
  });
});
