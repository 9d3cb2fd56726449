/** What comes back is the image's newest where the machine had the image's, and the machine's own where it had that. */
import { describe, expect, test } from 'vitest';
import { readAccounts } from '../../../src/agent/machine/accounts.ts';
import { restoreOriginal } from '../../../src/agent/perform/originals.ts';
import { planPaths } from '../../../src/agent/plan/paths.ts';
import type { Original } from '../../../src/agent/state/placed.ts';
import { textFile } from '../../../src/agent/wanted/wanted.ts';
import { FakeHost } from '../../support/fake-host.ts';

const IMAGE = '/run/basalt/image';
const UPPER = '/var/lib/basalt/etc/upper';
const ACCOUNTS = { '/etc/passwd': 'root:x:0:0::/root:/bin/bash\n', '/etc/group': 'root:x:0:\n' };
const SEEN = { [`${IMAGE}/etc/os-release`]: '' };

/** What is remembered of a path when the agent first writes there. */
function originalAt(
  path: string,
  files: Record<string, string>,
  links: Record<string, string> = {},
): Original {
  const host = new FakeHost({ files: { ...ACCOUNTS, ...files } });
  for (const [link, target] of Object.entries(links)) host.link(target, link);
  const wish = textFile(path, new TextEncoder().encode('the configuration'));
  const original = planPaths(host, readAccounts(host), [wish], []).placed[0]?.original;
  if (original === undefined) throw new Error('nothing was planned');
  return original;
}

describe('what was there is the image’s', () => {
  test('when the upper layer of /etc has nothing there', () => {
    expect(originalAt('/etc/a', { ...SEEN, '/etc/a': 'x' })).toMatchObject({
      kind: 'file',
      saved: '1',
      ofImage: true,
    });
    expect(originalAt('/etc/d/a', { ...SEEN, '/etc/d/a': 'x' })).toMatchObject({ ofImage: true });
    expect(originalAt('/etc/d/a', { ...SEEN, '/etc/d/a': 'x', [`${UPPER}/d/other`]: '' })).toMatchObject({
      ofImage: true,
    });
    expect(originalAt('/etc/a', SEEN)).toEqual({ kind: 'nothing', ofImage: true });
    expect(originalAt('/etc/a', SEEN, { '/etc/a': '/x' })).toEqual({
      kind: 'link',
      target: '/x',
      ofImage: true,
    });
  });

  test('and not when the machine wrote it, removed it or its folder, or reached it over a link', () => {
    const own = [
      originalAt('/etc/a', { ...SEEN, '/etc/a': 'x', [`${UPPER}/a`]: 'x' }),
      // A removed file is an entry of the upper layer that is not seen in /etc.
      originalAt('/etc/a', { ...SEEN, [`${UPPER}/a`]: '' }),
      originalAt('/etc/d/a', { ...SEEN, [`${UPPER}/d`]: '' }),
      originalAt('/etc/d/a', { ...SEEN, '/etc/e/a': 'x', [`${UPPER}/e/a`]: 'x' }, { '/etc/d': 'e' }),
    ];
    for (const original of own) expect(original.ofImage).toBeUndefined();
  });

  test('and not outside of /etc, nor where the image is not seen', () => {
    expect(originalAt('/var/a', { ...SEEN, '/var/a': 'x' }).ofImage).toBeUndefined();
    expect(originalAt('/etc/a', { '/etc/a': 'x' }).ofImage).toBeUndefined();
  });
});

/** What a path is after the configuration no longer names it. */
function comesBack(original: Original, image: Record<string, string>, links: Record<string, string> = {}) {
  const files = {
    ...ACCOUNTS,
    '/etc/a': 'the configuration',
    '/var/lib/basalt/agent/originals/1': 'old',
    ...image,
  };
  const host = new FakeHost({ files });
  for (const [link, target] of Object.entries(links)) host.link(target, link);
  const { changes } = planPaths(host, readAccounts(host), [], [{ path: '/etc/a', kind: 'file', original }]);
  for (const change of changes) {
    if (change.kind === 'restore') restoreOriginal(host, change.path, change.back);
    if (change.kind === 'remove') host.remove(change.path);
  }
  return host.readLink('/etc/a') ?? host.readText('/etc/a');
}

describe('what comes back', () => {
  const file: Original = { kind: 'file', saved: '1', mode: 0o644, owner: '0:0', ofImage: true };
  const own: Original = { kind: 'file', saved: '1', mode: 0o644, owner: '0:0' };
  const nothing: Original = { kind: 'nothing', ofImage: true };
  const newer = { ...SEEN, [`${IMAGE}/etc/a`]: 'new' };

  test('is what the version that runs has, be it a file, a link or nothing', () => {
    expect(comesBack(file, newer)).toBe('new');
    expect(comesBack(nothing, newer)).toBe('new');
    expect(comesBack({ kind: 'link', target: '/old', ofImage: true }, newer)).toBe('new');
    expect(comesBack(file, SEEN, { [`${IMAGE}/etc/a`]: '/new' })).toBe('/new');
    expect(comesBack(file, SEEN)).toBeUndefined();
    expect(comesBack(nothing, SEEN)).toBeUndefined();
  });

  test('is what the machine had, when that was its own', () => {
    expect(comesBack(own, newer)).toBe('old');
    expect(comesBack({ kind: 'nothing' }, newer)).toBeUndefined();
    expect(comesBack({ kind: 'link', target: '/old' }, newer)).toBe('/old');
  });

  test('is the copy, where the image is not seen', () => {
    expect(comesBack(file, {})).toBe('old');
    expect(comesBack(nothing, {})).toBeUndefined();
  });
});
