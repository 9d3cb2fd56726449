import { expect, test } from 'vitest';
import { readAccounts } from '../../../src/agent/machine/accounts.ts';
import { missingFolders, planPaths } from '../../../src/agent/plan/paths.ts';
import type { PlacedPath } from '../../../src/agent/state/placed.ts';
import { textFile, type WantedPath } from '../../../src/agent/wanted/wanted.ts';
import { FakeHost } from '../../support/fake-host.ts';

const file = (path: string, text: string, mode?: number): WantedPath =>
  textFile(path, new TextEncoder().encode(text), mode);

const ACCOUNTS = { '/etc/passwd': 'root:x:0:0::/root:/bin/bash\n', '/etc/group': 'root:x:0:\n' };

function plan(
  files: Record<string, string>,
  wanted: readonly WantedPath[],
  placed: readonly PlacedPath[] = [],
) {
  const host = new FakeHost({ files: { ...ACCOUNTS, ...files } });
  return planPaths(host, readAccounts(host), wanted, placed);
}

test('what is there already is not written; another text or mode is', () => {
  const wanted = [file('/etc/a', 'a'), file('/etc/b', 'b'), file('/etc/c', 'c', 0o600)];
  const { changes } = plan({ '/etc/a': 'a', '/etc/b': 'other', '/etc/c': 'c' }, wanted);
  expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['write /etc/b', 'write /etc/c']);
});

test('what was there before is kept, once, under a number of its own', () => {
  const placed: PlacedPath[] = [
    { path: '/etc/a', kind: 'file', original: { kind: 'file', saved: '7', mode: 0o644, owner: '0:0' } },
  ];
  const first = plan(
    { '/etc/a': 'x', '/etc/b': 'y', '/etc/c': 'z' },
    [file('/etc/a', '1'), file('/etc/b', '2'), file('/etc/c', '3'), file('/etc/new', '4')],
    placed,
  );
  expect(first.keep).toEqual([
    { path: '/etc/b', saved: '8' },
    { path: '/etc/c', saved: '9' },
  ]);
  expect(first.placed.map(({ original }) => original.kind)).toEqual(['file', 'file', 'file', 'nothing']);
});

test('nothing of /run is kept: it will not be there after a restart', () => {
  const { keep, placed } = plan({ '/run/a': 'x' }, [file('/run/a', 'y')]);
  expect(keep).toEqual([]);
  expect(placed[0]?.original).toEqual({ kind: 'nothing' });
});

test('what is not wanted any more becomes what it was', () => {
  const host = new FakeHost({
    files: { ...ACCOUNTS, '/etc/new': 'x', '/etc/image': 'x', '/etc/linked': 'x' },
  });
  const original = { kind: 'file', saved: '1', mode: 0o644, owner: '0:0' } as const;
  const placed: PlacedPath[] = [
    { path: '/etc/new', kind: 'file', original: { kind: 'nothing' } },
    { path: '/etc/gone', kind: 'file', original: { kind: 'nothing' } },
    { path: '/etc/image', kind: 'file', original },
    { path: '/etc/linked', kind: 'file', original: { kind: 'link', target: '/x' } },
  ];
  expect(planPaths(host, readAccounts(host), [], placed)).toEqual({
    keep: [],
    placed: [],
    changes: [
      { kind: 'remove', path: '/etc/new' },
      {
        kind: 'restore',
        path: '/etc/image',
        back: { kind: 'file', from: '/var/lib/basalt/agent/originals/1', mode: 0o644, owner: '0:0' },
      },
      { kind: 'restore', path: '/etc/linked', back: { kind: 'link', target: '/x' } },
    ],
  });
});

test('of two wishes for one path the later counts', () => {
  const { changes } = plan({}, [file('/etc/a', 'one'), file('/etc/a', 'two')]);
  expect(changes).toHaveLength(1);
  expect(changes[0]).toMatchObject({ file: { content: new TextEncoder().encode('two') } });
});

test('a mask is taken away only where there is one', () => {
  const host = new FakeHost({ files: ACCOUNTS });
  host.link('/dev/null', '/etc/systemd/system/a.service');
  host.link('/usr/lib/systemd/system/x.service', '/etc/systemd/system/b.service');
  const wanted: WantedPath[] = ['a', 'b', 'c'].map((name) => ({
    kind: 'unmasked',
    path: `/etc/systemd/system/${name}.service`,
  }));
  const { changes, placed } = planPaths(host, readAccounts(host), wanted, []);
  expect(changes).toEqual([{ kind: 'remove', path: '/etc/systemd/system/a.service' }]);
  expect(placed).toEqual([
    {
      path: '/etc/systemd/system/a.service',
      kind: 'absent',
      original: { kind: 'link', target: '/dev/null' },
    },
  ]);
});

test('missing folders are known, the outermost first', () => {
  const host = new FakeHost({ files: ACCOUNTS });
  const { changes } = planPaths(host, readAccounts(host), [file('/etc/x/y/z', ''), file('/etc/x/w', '')], []);
  expect(missingFolders(host, changes)).toEqual(['/etc/x', '/etc/x/y']);
});
