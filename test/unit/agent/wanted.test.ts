import { expect, test } from 'vitest';
import { noMetadata } from '../../../src/agent/sources/metadata.ts';
import { wantedFrom } from '../../../src/agent/wanted/from-configuration.ts';
import { etcdFile, healthTimeoutFile, oemFile, updateFile } from '../../../src/agent/wanted/services.ts';
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
  const update = {
    channel: 'x',
    server: undefined,
    rebootStrategy: 'off',
    settings: {},
    locksmith: {},
  } as const;
  expect(text(updateFile(update))).toMatch(/\nCHANNEL="x"\nREBOOT_STRATEGY="off"\n$/);
  expect(healthTimeoutFile(update)).toBeUndefined();
  const timed = { ...update, settings: { HEALTH_TIMEOUT: '2m', TRIES: '5' } };
  expect(text(updateFile(timed))).toMatch(/\nHEALTH_TIMEOUT="2m"\nTRIES="5"\n$/);
  const limit = healthTimeoutFile(timed);
  expect(limit?.path).toBe('/etc/systemd/system/boot-complete.target.d/60-cloud-config.conf');
  // The check of health has its two minutes, and systemd a minute more.
  expect(limit && text(limit)).toMatch(/\n\[Unit\]\nJobTimeoutSec=180\n$/);
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

test.each([
  ['a list in brackets', `ssh_authorized_keys: ["${KEY} a", '${KEY} b'] # two\nhostname: [`, ['a', 'b']],
  ['brackets over lines', `ssh_authorized_keys: [\n  "${KEY} a",\n  "${KEY} b"\n]\nx: [`, ['a', 'b']],
  ['users', `users:\n  - name: core\n    ssh-authorized-keys:\n      - ${KEY} a\n    shell: [\n`, ['a']],
  ['the name last', `users:\n- ssh_authorized_keys:\n  - ${KEY} a\n  name: "core"\nhostname: A_B\n`, ['a']],
  ['a user in braces', `users:\n  - {name: core, ssh_authorized_keys: ["${KEY} a"]}\nx: [`, ['a']],
  [
    'both',
    `ssh_authorized_keys:\n- ${KEY} a\nusers: \n- name: core\n  ssh-authorized-keys: [${KEY} b]\n`,
    ['a', 'b'],
  ],
  [
    'other users',
    `users:\n  - name: core\n    groups: [x]\n  - name: cores\n    ssh-authorized-keys: ["${KEY} a"]\n  - {name: ada, ssh-authorized-keys: ["${KEY} b"]}\n`,
    [],
  ],
  [
    'other keys',
    `x_ssh_authorized_keys: ["${KEY} a"]\nwrite_files:\n  - content: |\n      ssh_authorized_keys:\n        - ${KEY} b\n`,
    [],
  ],
  ['a later key', `ssh_authorized_keys: []\nother:\n  - ${KEY} a\n`, []],
  [
    'what is no key, has options, or is a comment',
    `ssh_authorized_keys:\n  - ${KEY.slice(0, -9)}\n  - command="x" ${KEY} a\n  # - ${KEY} b\n`,
    [],
  ],
])('rescued keys: %s', (_, yaml, names) => {
  expect(rescueKeys(`#cloud-config\n${yaml}`)).toEqual(names.map((name) => `${KEY} ${name}`));
});
