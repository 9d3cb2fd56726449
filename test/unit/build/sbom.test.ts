import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect, test } from 'vitest';
import { renderSbom } from '../../../src/build/sbom.ts';
import type { Lock } from '../../../src/packages/lock.ts';
import { lockedPackage } from '../../support/locked-package.ts';

const lock: Lock = {
  basaltLock: 1,
  image: 'x',
  suite: 'trixie',
  architecture: 'amd64',
  epoch: 1_700_000_000,
  request: 'r',
  root: [
    lockedPackage('bash', { version: '5.2.37-2+b1' }),
    lockedPackage('apt'),
    lockedPackage('libc6', { version: '2:2.41-12~x' }),
  ],
  initrd: [lockedPackage('bash', { version: '5.2.37-2+b1' }), lockedPackage('dracut-core')],
  kernel: [lockedPackage('linux-image-6.12.0-cloud-amd64')],
  live: [],
  tools: [
    { name: 'mtools', version: '4', architecture: 'amd64' },
    { name: 'systemd-boot-efi', version: '257.8-1', architecture: 'amd64' },
  ],
};

test('the bill of materials is valid CycloneDX 1.6 to the official validator, and names every package once', async () => {
  const text = renderSbom({ lock, version: '1.0', rootHash: 'ab', dropped: new Set(['apt']) });
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  const { components } = JSON.parse(text) as {
    components: { name: string; purl: string; properties: { value: string }[] }[];
  };
  expect(components.map(({ name }) => name).sort()).toEqual([
    'bash',
    'dracut-core',
    'libc6',
    'linux-image-6.12.0-cloud-amd64',
    // The UKI's stub and the boot loader are of the tools tree; nothing else of it gets into an image.
    'systemd-boot-efi',
  ]);
  expect(components.find(({ name }) => name === 'bash')?.purl).toBe(
    'pkg:deb/debian/bash@5.2.37-2+b1?arch=amd64&distro=trixie',
  );
  expect(
    components
      .find(({ name }) => name === 'bash')
      ?.properties.map(({ value }) => value)
      .sort(),
  ).toEqual(['initrd', 'root']);
});

test('the validator would notice', async () => {
  const text = renderSbom({ lock, version: '1.0', rootHash: 'ab', dropped: new Set() }).replace(
    '"operating-system"',
    '"toaster"',
  );
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).not.toBeNull();
});

test('the same image gives the same text', () => {
  const options = { lock, version: '1.0', rootHash: 'ab', dropped: new Set<string>() };
  expect(renderSbom(options)).toBe(renderSbom(options));
});
