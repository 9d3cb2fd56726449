/** What a build puts into its output folder: sizes within the budget, sums that hold, a valid bill of materials. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { beforeAll, expect, test } from 'vitest';
import { parseLock } from '../../src/packages/lock.ts';
import { digestFile } from '../../src/store/digest.ts';
import { MIB } from '../../src/units.ts';
import { type TestImage, testImage } from '../support/image.ts';

let image: TestImage;
beforeAll(async () => {
  image = await testImage();
});

test('SHA256SUMS holds for every file it names, and names every artifact', async () => {
  const lines = (await readFile(join(image.folder, 'SHA256SUMS'), 'utf8')).trim().split('\n');
  const names = lines.map((line) => line.slice(66));
  expect(names).toEqual([...image.manifest.artifacts.map(({ file }) => file), 'manifest.json']);
  for (const line of lines)
    expect(await digestFile(join(image.folder, line.slice(66)))).toBe(line.slice(0, 64));
});

test('the root with Docker and etcd is at most 200 MiB, the data of the shipped disk at most 300 MiB', async () => {
  expect((await stat(image.path('squashfs'))).size).toBeLessThanOrEqual(200 * MIB);
  expect((await stat(image.path('raw'))).blocks * 512).toBeLessThanOrEqual(300 * MIB);
  expect((await stat(image.path('qcow2'))).size).toBeLessThanOrEqual(300 * MIB);
});

test('the bill of materials is valid and has every package of the image, and none that left it', async () => {
  const text = await readFile(join(image.folder, 'sbom.cdx.json'), 'utf8');
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  const { components } = JSON.parse(text) as {
    components: { name: string; version: string; purl: string }[];
  };
  const listed = new Set(components.map(({ name, version }) => `${name} ${version}`));
  const lock = parseLock(
    await readFile(join(image.folder, 'packages.lock.json'), 'utf8'),
    'packages.lock.json',
  );
  for (const { name, version } of [...lock.initrd, ...lock.kernel])
    expect(listed).toContain(`${name} ${version}`);
  for (const name of ['docker.io', 'etcd-server', 'openssh-server', 'quickjs', 'systemd']) {
    const locked = lock.root.find((entry) => entry.name === name);
    expect(listed).toContain(`${name} ${locked?.version}`);
  }
  expect(components.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['apt']));
  expect(components.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['perl-base']));
});
