import { beforeAll, expect, test } from 'vitest';
import type { InstallerFacts } from '../../../../src/tui/install/port.ts';
import { shownConfig } from '../../../../src/tui/install/shown-config.ts';
import { KEY } from '../../../support/installer/fake-port.ts';
import { Story, storyFacts } from '../../../support/installer/story.ts';

let facts: InstallerFacts;
beforeAll(async () => {
  facts = await storyFacts();
});

test('partitions that go and that come', () => {
  const told = new Story(facts).press('<enter><down><down><enter><enter><enter><enter>');
  expect(told.screen).toMatchSnapshot();
});

test('a RAID member without a table', () => {
  const told = new Story(facts).press('<enter><down><down><down><enter><enter><enter><enter>');
  expect(told.screen).toContain('- RAID member on the whole disk');
});

test('what stays when /var is kept', () => {
  const told = new Story(facts).press('<enter><down><enter><enter><enter><enter><enter>');
  expect(told.screen).toMatchSnapshot();
});

test('a long configuration is read to its end', () => {
  const told = new Story(facts).press(
    '<enter><enter><home><enter><right><tab>10.0.0.5/24<tab><tab><tab><enter>',
  );
  told.press('<end><enter><home><enter>node1<enter><end><enter><enter>');
  expect(told.state.step).toBe('review');
  expect(told.screen).toContain('more lines, Down shows them');
  told.press('<end>');
  expect(told.screen).toContain('IPv6AcceptRA=no');
  expect(told.screen).not.toContain('more lines');
});

test('secrets are not shown', () => {
  const text = `#cloud-config
users:
  - name: ann
    passwd: $6$abc
write_files:
  - path: /etc/key
    content: |
      -----BEGIN PRIVATE KEY-----
      c2VjcmV0
      -----END PRIVATE KEY-----
  - path: /etc/htpasswd
    content: |
      ann:$2y$05$geheim
`;
  const [registry] = facts.templates.filter(({ name }) => name === 'registry');
  if (registry === undefined) throw new Error('no template');
  const values = [{ name: 'htpasswd', text: 'ann:$2y$05$geheim' }];
  const lines = shownConfig(text, { kind: 'template', template: registry, values });
  expect(lines).toEqual([
    '#cloud-config',
    'users:',
    '  - name: ann',
    '    passwd: (not shown)',
    'write_files:',
    '  - path: /etc/key',
    '    content: |',
    '      (a private key, not shown)',
    '  - path: /etc/htpasswd',
    '    content: |',
    '      (not shown)',
  ]);
});

test('public keys are shown', () => {
  expect(shownConfig(`ssh_authorized_keys:\n  - ${KEY}\n`, undefined).join('\n')).toContain(KEY);
});
