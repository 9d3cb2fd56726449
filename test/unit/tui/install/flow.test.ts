import { beforeAll, expect, test } from 'vitest';
import type { InstallerFacts } from '../../../../src/tui/install/port.ts';
import { dell } from '../../../support/installer/fake-machine.ts';
import { KEY, OTHER_KEY } from '../../../support/installer/fake-port.ts';
import { Story, storyFacts } from '../../../support/installer/story.ts';

let facts: InstallerFacts;
beforeAll(async () => {
  facts = await storyFacts();
});

const story = () => new Story(facts);

test('with Enter alone the way leads to the question for the name, and no further', () => {
  const { state, effects } = story().press('<enter>'.repeat(20));
  expect(state.step).toBe('confirm');
  expect(effects).toEqual([]);
});

test('back from every step, by Escape and by Left, keeps what was answered', () => {
  for (const key of ['<esc>', '<left>']) {
    const told = story().press('<enter><down><enter><enter>');
    expect(told.state.step).toBe('network');
    told.press('<enter><enter><enter>');
    expect(told.state.step).toBe('review');
    const steps: string[] = [];
    for (let tries = 0; tries < 7; tries++) {
      told.press(key);
      steps.push(told.state.step);
    }
    expect(steps).toEqual(['role', 'identity', 'network', 'keep', 'disk', 'welcome', 'welcome']);
    expect(told.state.draft).toMatchObject({ disk: '/dev/sda', keepVar: true });
  }
});

test('from the question for the name, Escape leads back', () => {
  const told = story().press('<enter>'.repeat(7)).press('nvme<esc>');
  expect(told.state.step).toBe('review');
  told.press('<enter>');
  expect(told.state.typed.text).toBe('');
});

test('what to keep is asked only where there is something', () => {
  expect(story().press('<enter><enter>').state.step).toBe('network');
  expect(story().press('<enter><down><enter>').state.step).toBe('keep');
  // An interrupted installation has nothing to keep.
  expect(story().press('<enter><down><down><down><down><enter>').state.step).toBe('network');
});

test('another disk is another question of what to keep', () => {
  const told = story().press('<enter><down><enter><enter><esc><esc>');
  expect(told.state.draft.keepVar).toBe(true);
  told.press('<up><enter>');
  expect(told.state.draft).toMatchObject({ disk: '/dev/nvme0n1', keepVar: undefined });
});

test('a refused disk cannot be chosen, and the reason is told', () => {
  const told = story().press('<enter><end><enter>');
  expect(told.state.step).toBe('disk');
  expect(told.screen).toContain('! sdf cannot be chosen: too small: it has 2 GiB');
  expect(told.press('<up>').screen).not.toContain('! ');
});

test('nothing is installed without the exact name', () => {
  const told = story().press('<enter>'.repeat(7));
  for (const wrong of ['', 'sda', 'NVME0N1', 'nvme0n', 'nvme0n1p1', '/dev/nvme0n1', 'yes']) {
    told.press(`<ctrl-u>${wrong}<enter>`);
    expect(told.state.step).toBe('confirm');
    expect(told.effects).toEqual([]);
    expect(told.state.problem).toBeDefined();
  }
  told.press('<ctrl-u>nvme0n1<enter>');
  expect(told.state.step).toBe('progress');
  expect(told.effects).toEqual([{ kind: 'install' }]);
});

test('a disk that went away in between is not erased by its name', () => {
  const told = story().press('<enter>'.repeat(7));
  told.give({ kind: 'disks', disks: [] });
  told.press('nvme0n1<enter>');
  expect(told.state.step).toBe('confirm');
  expect(told.effects).toEqual([]);
});

test('BIOS ends the way where UEFI is needed', () => {
  const bios = { ...facts, machine: { ...dell, firmware: 'bios' as const } };
  const told = new Story(bios).press('<enter>');
  expect(told.state.step).toBe('welcome');
  expect(told.screen).toContain('! This machine was started in BIOS mode.');
  expect(new Story({ ...bios, needsUefi: false }).press('<enter>').state.step).toBe('disk');
});

test('disks are looked at again, and the way waits for them', () => {
  const told = story().press('<enter>r');
  expect(told.effects).toEqual([{ kind: 'disks' }]);
  expect(told.screen).toContain('Looking for disks');
  told.press('<enter>');
  expect(told.state.step).toBe('disk');
  expect(told.screen).toContain('! Still looking for disks.');
});

test('no disks: it is said what may be the reason', () => {
  const told = story().press('<enter>').give({ kind: 'disks', disks: [] });
  expect(told.screen).toContain('A RAID controller shows a disk only');
});

test('Ctrl-C asks, and staying is what Enter does', () => {
  const told = story().press('<enter><ctrl-c>');
  expect(told.screen).toContain('Leave the installer?');
  expect(told.screen).toContain('Nothing was written.');
  told.press('<enter>');
  expect(told.state.overlays).toEqual([]);
  expect(told.effects).toEqual([]);
  told.press('<ctrl-c><ctrl-c>');
  expect(told.state.overlays).toEqual([]);
  told.press('<ctrl-c><esc><ctrl-c><down><enter>');
  expect(told.effects).toEqual([{ kind: 'leave' }]);
});

test('Ctrl-C in a form asks as well, and the form is there afterwards', () => {
  const told = story().press('<enter><enter><enter><home><enter>node<ctrl-c><enter>1<enter>');
  expect(told.state.draft.hostname).toBe('node1');
});

test('a problem of the answers leads to the step that made it', () => {
  // etcd-member with a member list that does not have the host name.
  const told = story().press('<enter><enter><enter><home><enter>web1<enter><end><enter>');
  expect(told.state.step).toBe('role');
  told.press('<down><down><enter>node1=10.0.0.5');
  told.press('<tab>'.repeat(9)).press('<enter>');
  expect(told.state.step).toBe('identity');
  expect(told.screen).toContain('! web1 is none of member');
  told.press('<home><enter><ctrl-u>node1<enter><end><enter>');
  expect(told.state.step).toBe('role');
});

test('a template without needed values is taken, and its values stay', () => {
  const told = story().press('<enter><enter><enter><enter><down><enter>');
  expect(told.screen).toContain('A machine that runs containers with Docker.');
  told.press('registry.example.com:5000<tab><tab><enter>');
  expect(told.screen).toContain('registry without registry-ca');
  told.press('<up><ctrl-u><tab><tab><enter>');
  expect(told.state.step).toBe('review');
  expect(told.state.draft.role).toMatchObject({
    kind: 'template',
    template: { name: 'docker-host' },
    values: [],
  });
  told.press('<esc><enter>');
  expect(told.state.overlays.at(-1)?.kind).toBe('form');
});

test('keys: pasted, several at once, wrong ones told, removed', () => {
  const told = story().press('<enter><enter><enter>');
  told.press('<up><up><up><enter>');
  told.press(`${KEY}\r${OTHER_KEY}\rhello\r`);
  expect(told.state.draft.sshKeys).toEqual([KEY, OTHER_KEY]);
  expect(told.screen).toContain('! "hello" has no type of a public key');
  told.press('<ctrl-u><enter>');
  expect(told.state.overlays).toEqual([]);
  told.press('<home><down>d');
  expect(told.state.draft.sshKeys).toEqual([OTHER_KEY]);
  told.press('<home>d');
  expect(told.screen).toContain('! Only keys can be removed.');
});

test('keys from an address: fetched, given up, failed', () => {
  const told = story().press('<enter><enter><enter><up><up><enter>');
  told.press('<ctrl-u>ftp://example.com<enter>');
  expect(told.screen).toContain('! "ftp://example.com" is not an address');
  expect(told.effects).toEqual([]);
  told.press('<ctrl-u>https://example.com/keys<enter>');
  expect(told.effects).toEqual([{ kind: 'fetch', url: 'https://example.com/keys' }]);
  expect(told.screen).toContain('Fetching https://example.com/keys');
  told.press('<esc>');
  expect(told.effects.at(-1)).toEqual({ kind: 'stop-fetching' });
  // An answer that comes too late is not taken.
  told.give({ kind: 'text', where: 'https://example.com/keys', text: KEY });
  expect(told.state.draft.sshKeys).toEqual([]);
  told.press('<enter>').give({ kind: 'failed', message: 'the server answered 404' });
  expect(told.screen).toContain('! the server answered 404');
  told.press('<enter>').give({ kind: 'text', where: 'https://example.com/keys', text: 'hello\n' });
  expect(told.screen).toContain('! https://example.com/keys: "hello" has no type');
  told.press('<enter>').give({ kind: 'text', where: 'https://example.com/keys', text: `${KEY}\n` });
  expect(told.state.draft.sshKeys).toEqual([KEY]);
  expect(told.state.overlays).toEqual([]);
});

const files = ['ann.pub', 'web.yaml'].map((name) => ({ id: name, title: `BACKUP: ${name}`, sizeBytes: 100 }));

test('keys from a stick', () => {
  const told = story().press('<enter><enter><enter><up><enter>');
  expect(told.effects).toEqual([{ kind: 'files' }]);
  expect(told.screen).toContain('Looking for removable media');
  told.give({ kind: 'files', files: [] });
  expect(told.screen).toContain('No small files were found');
  told.press('r').give({ kind: 'files', files });
  told.press('<enter>');
  expect(told.effects.at(-1)).toEqual({ kind: 'read-file', id: 'ann.pub', title: 'BACKUP: ann.pub' });
  told.give({ kind: 'text', where: 'BACKUP: ann.pub', text: `${KEY}\n` });
  expect(told.state.draft.sshKeys).toEqual([KEY]);
  expect(told.state.overlays).toEqual([]);
});

test('a role from a stick that no machine takes is told at once, in its step', () => {
  const told = story().press('<enter><enter><enter><enter><end><up><enter>').give({ kind: 'files', files });
  told.press('<down><enter>');
  told.give({ kind: 'text', where: 'BACKUP: web.yaml', text: '#cloud-config\nhostnam: web1\n' });
  expect(told.state.step).toBe('role');
  expect(told.screen).toContain('! BACKUP: web.yaml, line 2: unknown key "hostnam"');
  told.press('<enter>').give({ kind: 'files', files });
  told
    .press('<enter>')
    .give({ kind: 'text', where: 'BACKUP: web.yaml', text: '#cloud-config\nhostname: web1\n' });
  expect(told.state.step).toBe('review');
  expect(told.screen).toContain('hostname: web1');
});

test('a file for a value of a template', () => {
  const told = story().press('<enter><enter><enter><enter><down><enter><down><enter>');
  expect(told.effects).toEqual([{ kind: 'files' }]);
  told.give({ kind: 'files', files }).press('<enter>');
  told.give({ kind: 'text', where: 'ca', text: 'one\ntwo\n' });
  expect(told.screen).toContain('a text of 2 lines');
  told.press('<delete>');
  expect(told.screen).toContain('no file');
});

test('static addresses, a bond and a VLAN become part of the answers', () => {
  const told = story().press('<enter><enter><home><enter>');
  told.press('<right><tab>10.0.0.5/24<tab>10.0.0.1<tab>10.0.0.2<tab><enter>');
  told.press('<end><up><up><enter><tab><tab><tab> <tab> <tab><tab><right><right><tab><enter>');
  told.press('<end><up><enter>100<tab><tab><tab><enter>');
  expect(told.state.overlays).toEqual([]);
  expect(told.state.draft.network).toEqual({
    cards: [
      {
        name: 'eno8303',
        addressing: { kind: 'static', addresses: ['10.0.0.5/24'], gateways: ['10.0.0.1'], dns: ['10.0.0.2'] },
      },
    ],
    bonds: [
      {
        name: 'bond0',
        members: ['eno12399np0', 'eno12409np1'],
        mode: '802.3ad',
        addressing: { kind: 'none' },
      },
    ],
    vlans: [{ id: 100, parent: 'bond0', addressing: { kind: 'dhcp' } }],
  });
  expect(told.screen).toContain('in bond0');
  // The bond carries the VLAN, and its members belong to it.
  told.press('<end><up><up><up><up>d');
  expect(told.screen).toContain('! vlan100 is on bond0: remove it first.');
  told.press('<up><enter>');
  expect(told.screen).toContain('! eno12409np1 is in a bond.');
  told.press('<down><down>d<up>');
  expect(told.state.draft.network.vlans).toEqual([]);
  told.press('<end><up><up><up>d');
  expect(told.state.draft.network.bonds).toEqual([]);
});

test('Escape in a form changes nothing', () => {
  const told = story().press('<enter><enter><home><enter><right><tab>10.0.0.5/24<esc>');
  expect(told.state.draft.network.cards).toEqual([]);
  expect(told.state.step).toBe('network');
});
