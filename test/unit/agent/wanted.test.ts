import { expect, test } from 'vitest';
import { noMetadata } from '../../../src/agent/sources/metadata.ts';
import { wantedFrom } from '../../../src/agent/wanted/from-configuration.ts';
import { etcdFile, oemFile, updateFile } from '../../../src/agent/wanted/services.ts';
import { rescueKeys } from '../../../src/agent/wanted/ssh-keys.ts';
import type { WantedFile } from '../../../src/agent/wanted/wanted.ts';
import { readUserData } from '../../../src/cloud-config/read.ts';
import { FakeHost } from '../../support/fake-host.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJTTX2XKPNRp7YLOKqCyJ8aFqvHRh0WQ4zWn3S0Ks8p2';
const text = ({ content }: WantedFile) => new TextDecoder().decode(content);

function wanted(yaml: string, metadata = noMetadata, fetched = {}) {
  const read = readUserData(`#cloud-config\n${yaml}`, { file: 'x' });
  if (read.kind !== 'cloud-config') throw new Error(JSON.stringify(read));
  return wantedFrom(new FakeHost(), read, metadata, fetched);
}

test('the configuration’s name goes before the platform’s', () => {
  const metadata = { ...noMetadata, hostname: 'platform' };
  expect(wanted('hostname: mine', metadata).hostname).toBe('mine');
  expect(wanted('', metadata).hostname).toBe('platform');
  expect(wanted('').paths).toEqual([]);
});

test('keys: of the configuration, the platform, users, and addresses, each once', () => {
  const { paths } = wanted(
    `ssh_authorized_keys: ["${KEY} a"]
users:
  - { name: core, ssh-authorized-keys: ["${KEY} a", "${KEY} b"] }
  - { name: ada, coreos-ssh-import-url: "https://x.example/keys" }`,
    { ...noMetadata, sshAuthorizedKeys: [`${KEY} c`] },
    { 'https://x.example/keys': [`${KEY} d`] },
  );
  const lines = Object.fromEntries(
    (paths as WantedFile[]).map((file) => [file.path, text(file).trim().split('\n').slice(1)]),
  );
  expect(lines).toEqual({
    '/etc/ssh/authorized_keys.d/core': [`${KEY} a`, `${KEY} c`, `${KEY} b`],
    '/etc/ssh/authorized_keys.d/ada': [`${KEY} d`],
  });
});

test('runtime units lie in /run; files of systemd-networkd are no units', () => {
  const { paths, enable, commands } = wanted(`coreos:
  units:
    - { name: a.service, runtime: true, content: "[Service]\\nExecStart=/bin/true\\n" }
    - { name: b.network, content: "[Match]\\nName=x\\n" }
    - { name: c.service, enable: true, runtime: true, command: restart }`);
  expect(paths.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'unmasked /etc/systemd/system/a.service',
    'file /run/systemd/system/a.service',
    'file /etc/systemd/network/b.network',
    'unmasked /etc/systemd/system/c.service',
  ]);
  expect(enable).toEqual([{ unit: 'c.service', runtime: true }]);
  expect(commands).toEqual([{ unit: 'c.service', command: 'restart' }]);
});

test('values are quoted for who reads them', () => {
  const odd = 'a "b" \\ % $c `d`';
  expect(text(etcdFile({ ETCD_X: odd }))).toContain('Environment="ETCD_X=a \\"b\\" \\\\ %% $c `d`"\n');
  expect(text(oemFile({ NAME: odd }))).toContain('NAME="a \\"b\\" \\\\ % \\$c \\`d\\`"\n');
  const update = { channel: 'x', server: undefined, rebootStrategy: 'off', locksmith: {} } as const;
  expect(text(updateFile(update))).toMatch(/\nCHANNEL="x"\nREBOOT_STRATEGY="off"\n$/);
});

test('keys are found in a text that is no YAML', () => {
  expect(
    rescueKeys(`#cloud-config
hostname: [
ssh_authorized_keys:
  - ${KEY} one
  - "${KEY} two"
# a comment
  - not a key
users:
  - name: x
    ssh-authorized-keys:
      - ${KEY} of-another
`),
  ).toEqual([`${KEY} one`, `${KEY} two`]);
});
