import { beforeAll, expect, test } from 'vitest';
import type { InstallerFacts } from '../../../../src/tui/install/port.ts';
import { requestOf } from '../../../../src/tui/install/request.ts';
import { Story, storyFacts } from '../../../support/installer/story.ts';

let facts: InstallerFacts;
beforeAll(async () => {
  facts = await storyFacts();
});

const reviewed = () => {
  const { state } = new Story(facts).press('<enter><down><enter><enter><enter><enter><enter>');
  expect(state.step).toBe('review');
  return state;
};

test('what was answered is what is asked for', () => {
  const state = reviewed();
  const request = requestOf({ ...state, draft: { ...state.draft, hostname: 'node7' } });
  expect(request).toMatchObject({ disk: '/dev/sda', chosen: { path: '/dev/sda' }, keepVar: true });
  expect(request.cloudConfig).toContain('node7');
});

test.each([
  ['a host name that is none', { hostname: 'node 7' }, /host name|node 7/],
  ['keys that are none', { sshKeys: ['no key'] }, /key/],
  [
    'a role that is no cloud-config',
    { role: { kind: 'text', where: 'stick', text: '#cloud-config\nnope: 1\n' } },
    /stick, line 2/,
  ],
] as const)('%s is no installation without a configuration', (_, answers, seen) => {
  const state = reviewed();
  expect(() => requestOf({ ...state, draft: { ...state.draft, ...answers } })).toThrowError(
    expect.objectContaining({ code: 'configuration-refused', seen: expect.stringMatching(seen) }),
  );
});
