/** docs/reference/recipe.md says what the schema says; `npx vitest run --project=unit -u` writes it anew. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { recipeJsonSchema } from '../../../src/recipe/json-schema.ts';
import { recipePartSchema } from '../../../src/recipe/schema.ts';
import { leavesOf, renderRecipeReference } from '../../support/recipe-reference.ts';

const file = resolve(import.meta.dirname, '../../../docs/reference/recipe.md');
/** Everything after this line is made here. */
const MARK = '<!-- generated from src/recipe/schema.ts: npx vitest run --project=unit -u -->\n';

const examples: Readonly<Record<string, string>> = {
  description: 'A host for the web team',
  extends: 'qemu',
  suite: 'trixie',
  architecture: 'amd64',
  components: '[main, non-free-firmware]',
  updates: 'false',
  security: 'true',
  'mirrors[].uri': 'https://mirror.example/debian',
  'mirrors[].suites': '[trixie, trixie-updates]',
  'mirrors[].components': '[main]',
  'mirrors[].keyring': 'keys/archive.gpg',
  'packages.add': '[jq, nfs-common]',
  'packages.drop': '[ucf]',
  features: '[ssh, docker]',
  'kernel.package': 'linux-image-amd64',
  'kernel.arguments': '[console=ttyS1, nomodeset]',
  'kernel.dropArguments': '[quiet]',
  'kernel.modules.drop': '["drivers/gpu/**", "sound/**"]',
  'kernel.modules.keep': '[mgag200, =drivers/usb/host]',
  'initrd.packages': '[xfsprogs]',
  'initrd.modules': '[systemd-ac-power]',
  'initrd.drivers': '[megaraid_sas, =drivers/net/ethernet]',
  'live.packages': '[smartmontools]',
  'live.arguments': '[basalt.install.unattended=yes, "basalt.install.server=http://10.0.0.1:8080"]',
  overlays: '[web-host/rootfs]',
  'files[].path': '/etc/motd',
  'files[].content': '"Hello\\n"',
  'files[].source': 'web-host/motd',
  'files[].template': 'web-host/motd.hbs',
  'files[].mode': '"0600"',
  'files[].owner': 'root',
  'files[].group': 'systemd-network',
  'directories[].path': '/etc/web',
  'directories[].mode': '"0750"',
  'directories[].owner': '0',
  'directories[].group': 'adm',
  'links[].path': '/etc/localtime',
  'links[].target': '/usr/share/zoneinfo/Europe/Zurich',
  'users[].name': 'deploy',
  'users[].uid': '1001',
  'users[].group': 'deploy',
  'users[].groups': '[docker]',
  'users[].shell': '/bin/sh',
  'users[].home': '/home/deploy',
  'users[].description': 'Deployments',
  'users[].sshAuthorizedKeys': '[ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA deploy@host.example]',
  accountIds: '{ tcpdump: 310 }',
  'systemd.enable': '[fstrim.timer]',
  'systemd.disable': '[etcd.service]',
  'systemd.mask': '[systemd-pstore.service]',
  'systemd.defaultTarget': 'multi-user.target',
  'update.server': 'https://updates.example.com/basalt',
  'update.channel': 'beta',
  'update.root': 'keys/root.json',
  'trim.documentation': 'false',
  'trim.manPages': 'true',
  'trim.keepLocales': '[C.UTF-8, de_CH.UTF-8]',
  'trim.paths': '["/usr/share/perl5/**"]',
  'partitions.esp': '512M',
  'partitions.root': '2G',
  'partitions.verity': '32M',
  'partitions.var': '4G',
  'compression.filesystem': 'erofs',
  'compression.algorithm': 'zstd',
  'compression.level': '9',
  'compression.blockSize': '128K',
  formats: '[raw, qcow2]',
  'hooks[].script': 'web-host/hook.mjs',
  'hooks[].environment': '{ MODE: production }',
  variables: '{ owner: web team, port: 8080 }',
};

const keys = leavesOf(recipeJsonSchema());

test('docs/reference/recipe.md has every key as the schema has it', async () => {
  const written = await readFile(file, 'utf8');
  const head = written.slice(0, written.indexOf(MARK));
  expect(head, `the line ${MARK.trim()} is missing`).not.toBe('');
  await expect(`${head}${MARK}\n${renderRecipeReference(recipeJsonSchema(), examples)}`).toMatchFileSnapshot(
    file,
  );
});

test('there is an example for every key, and for nothing else', () => {
  expect(Object.keys(examples)).toEqual(keys.map(({ path }) => path));
});

test.each(keys.map(({ path }) => path))('the example of %s is valid', (path) => {
  const value: unknown = parse(examples[path] ?? '');
  const [name = '', inner = '', innermost] = path.split(/\[\]\.|\./);
  const isList = path.includes('[]');
  // What else an entry of such a list must have.
  const needed = ['files', 'directories', 'links'].includes(name)
    ? { path: '/etc/x', ...(name === 'links' && { target: 'y' }), ...(name === 'files' && { content: '' }) }
    : { mirrors: { uri: 'https://mirror.example/debian' }, users: { name: 'x' }, hooks: { script: 'x.mjs' } }[
        name
      ];
  const { content: _, ...rest } = { content: undefined, ...needed };
  const base = ['source', 'template'].includes(inner) ? rest : needed;
  const below = innermost === undefined ? value : { [innermost]: value };
  const entry = inner === '' ? value : isList ? [{ ...base, [inner]: value }] : { [inner]: below };
  expect(recipePartSchema.safeParse({ [name]: entry }).error?.issues).toBeUndefined();
});
