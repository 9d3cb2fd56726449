import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readUserData } from '../../../../src/cloud-config/read.ts';
import { openTemplate } from '../../../../src/config-templates/catalogue.ts';
import { type Answers, noAnswers } from '../../../../src/install/configuration/answers.ts';
import { makeCloudConfig } from '../../../../src/install/configuration/make-cloud-config.ts';
import { roleParameters } from '../../../../src/install/configuration/role.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHHPNYVJSEwr5Xv8t1hbSNWSVDRLUEY0Xp1W3JXpVvaz me@example.com';
const OTHER = KEY.replace('me@', 'you@');
const cards = ['eno1', 'eno2', 'eno3', 'eno4'];
const templates = resolve(import.meta.dirname, '../../../../templates/cloud-config');
const golden = (name: string) => `../../../golden/installer/${name}.yaml`;

const network: Answers['network'] = {
  cards: [
    {
      name: 'eno1',
      addressing: {
        kind: 'static',
        addresses: ['10.0.0.5/24', 'fd00::5/64'],
        gateways: ['10.0.0.1'],
        dns: ['10.0.0.2'],
      },
    },
    { name: 'eno4', addressing: { kind: 'none' } },
  ],
  bonds: [{ name: 'bond0', members: ['eno2', 'eno3'], mode: '802.3ad', addressing: { kind: 'none' } }],
  vlans: [
    { id: 100, parent: 'bond0', addressing: { kind: 'dhcp' } },
    { id: 200, parent: 'eno1', addressing: { kind: 'none' } },
  ],
};

/** The text, which must be what a machine takes. */
function made(answers: Partial<Answers>): string {
  const result = makeCloudConfig({ ...noAnswers, ...answers }, cards);
  if (result.kind !== 'made') throw new Error(JSON.stringify(result.problems));
  const text = result.text ?? '';
  const read = readUserData(text, { file: 'made' });
  expect(read).toMatchObject({ kind: text === '' ? 'empty' : 'cloud-config' });
  return text;
}

function problems(answers: Partial<Answers>) {
  const result = makeCloudConfig({ ...noAnswers, ...answers }, cards);
  return result.kind === 'refused' ? result.problems : [];
}

const text = (content: string): Answers['role'] => ({ kind: 'text', where: 'node.yaml', text: content });

test('no answers ask for no configuration, and say that nobody can log in', () => {
  expect(makeCloudConfig(noAnswers, cards)).toEqual({
    kind: 'made',
    text: undefined,
    notes: ['No ssh key and no password is set: nobody can log in.'],
  });
});

test('all answers, as a machine reads them', async () => {
  const config = made({ hostname: 'node1.example.com', sshKeys: [KEY, OTHER], network });
  await expect(config).toMatchFileSnapshot(golden('answers'));
  const read = readUserData(config, { file: 'made' });
  if (read.kind !== 'cloud-config') throw new Error('not read');
  expect(read.warnings).toEqual([]);
  expect(read.config.hostname).toBe('node1.example.com');
  expect(read.config.sshAuthorizedKeys).toEqual([KEY, OTHER]);
  expect(read.config.units.map(({ name }) => name)).toEqual([
    '20-eno1.network',
    '20-eno4.network',
    '20-bond0.netdev',
    '20-eno2.network',
    '20-eno3.network',
    '20-bond0.network',
    '20-vlan100.netdev',
    '20-vlan100.network',
    '20-vlan200.netdev',
    '20-vlan200.network',
  ]);
});

test('a card that asks by DHCP needs no file until it carries a VLAN', () => {
  const dhcp: Answers['network'] = {
    cards: [{ name: 'eno1', addressing: { kind: 'dhcp' } }],
    bonds: [],
    vlans: [],
  };
  expect(made({ network: dhcp })).toBe('');
  const carrying = made({
    network: { ...dhcp, vlans: [{ id: 7, parent: 'eno1', addressing: { kind: 'dhcp' } }] },
  });
  expect(carrying).toContain('20-eno1.network');
  expect(carrying).toContain('VLAN=vlan7');
});

test('a template gets the host name, and its own values', async () => {
  const template = await openTemplate(templates, 'etcd-member');
  expect(roleParameters(template).map(({ name }) => name)).toEqual([
    'member',
    'join',
    'address',
    'network',
    'token',
    'heartbeat',
    'election',
  ]);
  const values = ['node1=10.0.0.5', 'node2=10.0.0.6', 'node3=10.0.0.7'].map((member) => ({
    name: 'member',
    text: member,
  }));
  const config = made({
    hostname: 'node1.example.com',
    sshKeys: [KEY],
    network,
    role: { kind: 'template', template, values },
  });
  await expect(config).toMatchFileSnapshot(golden('etcd-member'));
  expect(config).toContain('hostname: node1.example.com');
});

test('problems of a template go to the part that made them', async () => {
  const template = await openTemplate(templates, 'etcd-member');
  const member = (one: string) => [{ name: 'member', text: one }];
  const role = (values: { name: string; text: string }[]): Answers['role'] => ({
    kind: 'template',
    template,
    values,
  });
  expect(problems({ role: role(member('node1=10.0.0.5')) })).toEqual([
    expect.objectContaining({
      part: 'hostname',
      message: expect.stringContaining('the role needs a host name'),
    }),
  ]);
  expect(problems({ hostname: 'node9', role: role(member('node1=10.0.0.5')) })).toEqual([
    expect.objectContaining({ part: 'hostname', message: 'node9 is none of member' }),
  ]);
  expect(problems({ hostname: 'node1', role: role(member('node1')) })).toEqual([
    expect.objectContaining({ part: 'role', parameter: 'member', message: '"node1" cannot be member' }),
  ]);
  expect(problems({ hostname: 'node1', role: role([]) })).toEqual([
    expect.objectContaining({ part: 'role', message: 'none of member, join is given' }),
  ]);
});

const FILE = `#cloud-config
# The web machines.

ssh-authorized-keys: # of the team
  - "${KEY}"   # mine

basalt:
  # what they run
  units:
    - name: web.service   # the one
      content: |
        # a comment of the unit
        [Service]
        ExecStart=/usr/bin/true
  update: {group: stable}   # slow and steady
write_files:
  - &motd
    path: /etc/motd
    content: 'hello'
# the end
`;

test("a file keeps its author's comments, order and spelling", async () => {
  const config = made({ hostname: 'web1', sshKeys: [KEY, OTHER], network, role: text(FILE) });
  await expect(config).toMatchFileSnapshot(golden('joined-file'));
  for (const comment of FILE.match(/# .*/g) ?? []) expect(config).toContain(comment);
  const [before, after] = [FILE, config].map((each) => readUserData(each, { file: 'x' }));
  if (before?.kind !== 'cloud-config' || after?.kind !== 'cloud-config') throw new Error('not read');
  expect(after.config.files).toEqual(before.config.files);
  expect(after.config.update).toEqual(before.config.update);
  expect(after.config.units[0]).toEqual(before.config.units[0]);
  expect(after.config.sshAuthorizedKeys).toEqual([KEY, OTHER]);
});

test('a file that nothing goes into stays as it is', () => {
  expect(made({ role: text(FILE) })).toBe(FILE);
  const script = '#!/bin/sh\necho hello\n';
  expect(makeCloudConfig({ ...noAnswers, role: text(script) }, cards)).toMatchObject({
    kind: 'made',
    text: script,
  });
});

test('lists that are aliases, flow lists or empty are added to', () => {
  const alias = `#cloud-config\nusers:\n  - name: ann\n    ssh_authorized_keys: &keys ["${KEY}"]\nssh_authorized_keys: *keys\n`;
  expect(readKeys(made({ sshKeys: [OTHER], role: text(alias) }))).toEqual([KEY, OTHER]);
  expect(made({ sshKeys: [OTHER], role: text(alias) })).toContain('name: ann');
  const flow = `#cloud-config\nssh_authorized_keys: ["${KEY}"]\n`;
  expect(readKeys(made({ sshKeys: [OTHER], role: text(flow) }))).toEqual([KEY, OTHER]);
  expect(readKeys(made({ sshKeys: [OTHER], role: text('#cloud-config\n') }))).toEqual([OTHER]);
  expect(readKeys(made({ sshKeys: [OTHER], role: text('#cloud-config\n{hostname: web1}\n') }))).toEqual([
    OTHER,
  ]);
});

function readKeys(config: string): readonly string[] {
  const read = readUserData(config, { file: 'x' });
  return read.kind === 'cloud-config' ? read.config.sshAuthorizedKeys : [];
}

test.each<[string, Partial<Answers>, string, RegExp]>([
  [
    'host names',
    { hostname: 'web1', role: text('#cloud-config\nhostname: web2\n') },
    'hostname',
    /node.yaml names the machine web2/,
  ],
  [
    'units',
    {
      network,
      role: text(
        '#cloud-config\ncoreos:\n  units:\n    - name: 20-eno1.network\n      content: "[Match]\\nName=eno1\\n"\n',
      ),
    },
    'network',
    /has a unit 20-eno1.network of its own/,
  ],
  [
    'a written file',
    {
      network,
      role: text(
        '#cloud-config\nwrite_files:\n  - {path: /etc/systemd/network/20-eno1.network, content: ""}\n',
      ),
    },
    'network',
    /20-eno1.network is written by/,
  ],
  ['a script', { hostname: 'web1', role: text('#!/bin/sh\n') }, 'role', /the role is a script/],
  ['a bad file', { role: text('#cloud-config\nhostnam: web1\n') }, 'role', /node.yaml, line 2: /],
  ['no YAML', { role: text('#cloud-config\n- [\n') }, 'role', /node.yaml, line \d: /],
  ['a strange file', { role: text('MZ\u0000') }, 'role', /node.yaml/],
  ['a bad name', { hostname: 'node_1' }, 'hostname', /"node_1" is not a host name/],
  ['a bad key', { sshKeys: ['ssh-rsa AAAA'] }, 'keys', /not whole/],
  [
    'a bad network',
    { network: { ...network, cards: [{ name: 'eno9', addressing: { kind: 'dhcp' } }] } },
    'network',
    /no network card eno9/,
  ],
])('%s: the problem goes to its part', (_, answers, part, message) => {
  const found = problems(answers);
  expect(found.length).toBeGreaterThan(0);
  expect(found[0]?.part).toBe(part);
  expect(found[0]?.message).toMatch(message);
});

test('the same host name in a file is no conflict', () => {
  expect(made({ hostname: 'web2', role: text('#cloud-config\nhostname: web2 # mine\n') })).toContain(
    'web2 # mine',
  );
});
