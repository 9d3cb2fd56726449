import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ovfManifest, ovfValues } from '../../../src/formats/ovf.ts';
import { boxValues, libvirtMetadata, virtualboxMetadata } from '../../../src/formats/vagrant-box.ts';
import { renderTemplate } from '../../../src/templating/render.ts';
import { GIB } from '../../../src/units.ts';

const home = resolve(import.meta.dirname, '../../..');
const template = (path: string) => readFileSync(resolve(home, 'templates', path), 'utf8');

const machine = {
  image: 'vmware',
  version: '1.0~a&b<"c">',
  diskFile: 'vmware_1.0.vmdk',
  diskFileBytes: 207_874_560,
  diskBytes: 11 * GIB,
  diskUuid: '01234567-89ab-8def-8123-456789abcdef',
  machineUuid: 'fedcba98-7654-8210-8fed-cba987654321',
};

test('the OVF descriptor is the golden one', async () => {
  const text = renderTemplate(template('ovf/machine.ovf.hbs'), ovfValues(machine), 'machine.ovf.hbs');
  // What a version may hold cannot break out of the XML.
  expect(text).toContain('<Version>1.0~a&amp;b&lt;&quot;c&quot;&gt;</Version>');
  await expect(text).toMatchFileSnapshot(resolve(home, 'test/golden/formats/machine.ovf'));
});

test.each(['libvirt', 'virtualbox'])('the Vagrantfile for %s is the golden one', async (provider) => {
  const values = boxValues({ image: 'vagrant', version: '1.0', machineBytes: 11 * GIB });
  const text = renderTemplate(template(`vagrant/${provider}.rb.hbs`), values, `${provider}.rb.hbs`);
  await expect(text).toMatchFileSnapshot(resolve(home, `test/golden/formats/${provider}.rb`));
});

test('the manifest has a line for each file', () => {
  expect(
    ovfManifest([
      { file: 'a.ovf', sha256: 'ab' },
      { file: 'a.vmdk', sha256: 'cd' },
    ]),
  ).toBe('SHA256(a.ovf)= ab\nSHA256(a.vmdk)= cd\n');
});

test('the metadata of a box names its provider, and no smaller disk than there is', () => {
  expect(JSON.parse(libvirtMetadata(1.5 * GIB))).toEqual({
    provider: 'libvirt',
    format: 'qcow2',
    virtual_size: 2,
  });
  expect(JSON.parse(virtualboxMetadata())).toEqual({ provider: 'virtualbox' });
});
