import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { chooseProfile, matchesPattern, specificity } from '../../../src/provision/machines/choose.ts';
import type { MachineFacts } from '../../../src/provision/machines/facts.ts';
import { readMachines } from '../../../src/provision/machines/read.ts';
import { loadMachines } from '../../../src/provision/settings.ts';
import { machinesOf, machinesText } from '../../support/provision/machines-file.ts';

const home = resolve(import.meta.dirname, '../../..');
const facts: MachineFacts = {
  mac: '52:54:00:00:00:01',
  uuid: undefined,
  serviceTag: undefined,
  vendor: undefined,
  model: undefined,
};

test('groups give what an entry does not', () => {
  const [one, two, r650] = machinesOf().profiles;
  expect(one).toMatchObject({
    name: 'one',
    image: 'live',
    version: undefined,
    disk: 'smallest-nvme',
    keepVar: false,
    kernelArguments: ['console=ttyS1', 'quiet'],
    origin: { line: 14 },
  });
  expect(two).toMatchObject({ version: '1.0.0', disk: 'serial:PHLN210500AB', keepVar: true });
  expect(two?.selector.macs).toEqual(['b4:45:06:00:00:08', 'b4:45:06:00:00:09']);
  // Values of a template add up.
  expect(r650?.config).toMatchObject({
    template: 'docker-host',
    values: { name: 'host-{service-tag}', 'ssh-key': expect.stringMatching(/^ssh-ed25519/) },
  });
});

test.each([
  [
    'its service tag, in other letters',
    { serviceTag: '7xk2qn3', vendor: 'Dell Inc.', model: 'PowerEdge R650' },
    'one',
  ],
  ['any of its cards', { mac: 'b4:45:06:00:00:09' }, 'two'],
  ['its model', { vendor: 'Dell Inc.', model: 'PowerEdge R650xs', serviceTag: 'OTHER' }, 'r650'],
  ['its vendor', { vendor: 'DELL EMC', model: 'PowerEdge R760' }, 'any-dell'],
  ['nothing', { vendor: 'QEMU' }, undefined],
])('a machine is known by %s', (_, more, name) => {
  const choice = chooseProfile(machinesOf().profiles, { ...facts, ...more });
  expect(choice.kind === 'found' ? choice.profile.name : undefined).toBe(name);
});

test('two entries that say as much are an error that names both', () => {
  const choice = chooseProfile(machinesOf().profiles, {
    ...facts,
    mac: 'b4:45:06:00:00:08',
    serviceTag: '7XK2QN3',
  });
  expect(choice.kind === 'ambiguous' ? choice.profiles.map(({ name }) => name) : choice).toEqual([
    'one',
    'two',
  ]);
});

test('an identity says more than any words', () => {
  const selector = {
    macs: undefined,
    uuid: undefined,
    serviceTag: undefined,
    vendor: undefined,
    model: undefined,
  };
  const order = [
    {},
    { vendor: 'a*' },
    { vendor: 'a' },
    { model: 'm*' },
    { model: 'm*', vendor: 'a' },
    { model: 'm' },
    { model: 'm', vendor: 'a' },
    { serviceTag: 's' },
    { serviceTag: 's', vendor: 'a' },
    { serviceTag: 's', uuid: 'u' },
  ].map((each) => specificity({ ...selector, ...each }));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(new Set(order).size).toBe(order.length);
});

test.each([
  ['PowerEdge R6*', 'poweredge r650', true],
  ['*', 'anything', true],
  ['a*b*c', 'axxbxxc', true],
  ['a*b*c', 'axxcxxb', false],
  ['ab*ba', 'aba', false],
  ['R650', 'R650xs', false],
])('%s and %s', (pattern, text, is) => {
  expect(matchesPattern(pattern, text)).toBe(is);
});

test('every problem is told at once, with its place', () => {
  const text = `network:
  interface: "bad name!"
  dhcp: full
groups:
  g: {image: live}
machines:
  - name: Upper
    select: {mac: "01:00:5e:00:00:01"}
    disk: {smallest: nvme}
    image: live
  - name: b
    select: {serialNumber: X}
    group: g
    kernelArguments: ["a b", "basalt.install.disk=x"]
    disk: {path: /dev/../etc/passwd}
`;
  expect(
    readMachines('m.yaml', '/', text).problems.map(
      ({ line, column, message }) => `${line}:${column} ${message}`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "2:14 network.interface is "bad name!", not a network interface",
      "7:11 machines[0].name is "Upper", not a name",
      "8:19 machines[0].select.mac is "01:00:5e:00:00:01", not the address of a network card",
      "12:14 unknown key "serialNumber" in machines[1].select",
      "14:23 machines[1].kernelArguments[0] is "a b", not a kernel argument",
      "14:30 machines[1].kernelArguments[1] is "basalt.install.disk=x", not a kernel argument",
      "15:18 machines[1].disk.path is "/dev/../etc/passwd", not the path of a disk",
    ]
  `);
});

test('what belongs together is checked when every value is right', () => {
  const text = `network:
  interface: eno1
  dhcp: proxy
  range: {from: 10.0.0.9, to: 10.0.0.2, netmask: 255.0.255.0}
groups:
  hosts: {image: live}
machines:
  - name: a
    select: {mac: "52:54:00:00:00:01"}
    group: hots
  - name: a
    select: {mac: "52-54-00-00-00-01", serviceTag: A}
    group: hosts
  - {name: c, select: {vendor: Dell*}, image: live, disk: {smallest: any}}
  - {name: d, select: {vendor: dell*}, image: live, disk: {smallest: any}}
  - {name: e, select: {}, image: live, disk: {smallest: any}, config: {values: {x: y}}}
  - {name: f, select: {uuid: 4c4c4544-0000-2010-8020-80c04f202020}, image: live, disk: {smallest: any}, config: {file: a, template: b}}
`;
  expect(
    readMachines('m.yaml', '/', text).problems.map(
      ({ line, column, message }) => `${line}:${column} ${message}`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "4:10 there is a range, and dhcp is "proxy"",
      "4:17 the range begins behind its end: 10.0.0.9 is after 10.0.0.2",
      "4:50 "255.0.255.0" is not a netmask",
      "10:12 there is no group "hots"",
      "11:5 "a" has no disk",
      "11:11 the name a is written twice: first for "a" in line 8",
      "12:19 the MAC 52:54:00:00:00:01 is written twice: first for "a" in line 9",
      "15:23 "c" and "d" are for the same machines",
      "16:71 config names neither a template nor a file",
      "17:113 config has a file and a template or its values",
    ]
  `);
});

test('an empty file and one that is no YAML are told', () => {
  expect(readMachines('m.yaml', '/', '').problems).toMatchObject([{ line: 1 }]);
  expect(readMachines('m.yaml', '/', 'a: [').problems.length).toBeGreaterThan(0);
});

test('the example is right, and its configurations can be made', async () => {
  const { profiles } = await loadMachines(
    `${home}/templates/provision/machines.yaml`,
    `${home}/templates/cloud-config`,
  );
  expect(profiles.map(({ name }) => name)).toEqual(['rack4-7', 'rack4-8', 'r650']);
});

test('a group that is not there suggests the one that was meant', () => {
  const { problems } = readMachines('m', '/', machinesText.replace('group: hosts', 'group: host'));
  expect(problems).toMatchObject([
    { message: 'there is no group "host"', hint: expect.stringMatching(/"hosts"/) },
  ]);
});
