import { expect, test } from 'vitest';
import {
  debianSources,
  pickDebianMirrors,
  renderSources,
  sourceAddresses,
} from '../../../src/tools/apt-sources.ts';
import { imageMaker } from '../../../src/tools/image-makers.ts';
import { mmdebstrapCommand } from '../../../src/tools/tools-tree.ts';

test("the machine's sources are read in both formats", () => {
  const text = `# deb http://comment.example/debian x main
deb [arch=amd64 signed-by=/k.gpg] http://one.example/debian/ trixie main
Types: deb
URIs: http://two.example/debian-security
Suites: trixie-security
`;
  expect(sourceAddresses(text)).toEqual(['http://one.example/debian', 'http://two.example/debian-security']);
  expect(pickDebianMirrors(sourceAddresses(text))).toEqual({
    archive: 'http://one.example/debian',
    security: 'http://two.example/debian-security',
  });
  expect(pickDebianMirrors(['http://other.example/ubuntu'])).toBeUndefined();
});

test('sources have security and updates unless they are switched off', () => {
  const mirrors = { archive: 'http://a.example/debian', security: 'http://s.example/debian-security' };
  const options = {
    mirrors,
    suite: 'trixie',
    components: ['main', 'contrib'],
    updates: true,
    security: true,
    keyring: '/k.gpg',
  };
  expect(renderSources(debianSources(options)).trim().split('\n')).toEqual([
    'deb [signed-by=/k.gpg] http://a.example/debian trixie main contrib',
    'deb [signed-by=/k.gpg] http://a.example/debian trixie-updates main contrib',
    'deb [signed-by=/k.gpg] http://s.example/debian-security trixie-security main contrib',
  ]);
  expect(debianSources({ ...options, updates: false, security: false })).toHaveLength(1);
});

test('mmdebstrap uses its own mirrors unless some are known', () => {
  const archive = '/t.tar';
  const usual = { archive, preferences: undefined, identity: { kind: 'root' }, mirrors: undefined } as const;
  expect(mmdebstrapCommand(usual).at(-1)).toBe('/t.tar');
  expect(mmdebstrapCommand(usual).join(' ')).not.toContain('Preferences');
  const command = mmdebstrapCommand({
    archive,
    preferences: '/p',
    identity: { kind: 'user', name: 'u', hasSubordinateIds: true },
    mirrors: { archive: 'a', security: 's' },
  });
  expect(command).toContain('--aptopt=Dir::Etc::Preferences "/p"');
  expect(command).toEqual(expect.arrayContaining(['--kill-child', '--user', '--mode=root']));
  expect(command.at(-1)).toBe('-');
});

test('image makers take their settings', () => {
  const to = { output: '/out/root.img', epoch: 5 };
  expect(
    imageMaker({ filesystem: 'squashfs', algorithm: 'zstd', level: 3, blockSizeBytes: 131072 }, to).command,
  ).toEqual([
    'sqfstar',
    '-comp',
    'zstd',
    '-Xcompression-level',
    '3',
    '-b',
    '131072',
    '-root-mode',
    '0755',
    '-root-uid',
    '0',
    '-root-gid',
    '0',
    '-quiet',
    '-no-progress',
    '/out/root.img',
  ]);
  expect(
    imageMaker({ filesystem: 'erofs', algorithm: 'zstd', level: 3, blockSizeBytes: 65536 }, to).command,
  ).toEqual(expect.arrayContaining(['mkfs.erofs', '--tar=f', '-zzstd,3', '-C65536', '-T', '5']));
});
