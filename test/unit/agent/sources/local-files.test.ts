/** fw_cfg and the image: sources that are files. */
import { expect, test } from 'vitest';
import { fwCfg } from '../../../../src/agent/sources/fw-cfg.ts';
import { image } from '../../../../src/agent/sources/image.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const CONFIG = '#cloud-config\n';
const FW_CFG = '/sys/firmware/qemu_fw_cfg';
const ENTRY = `${FW_CFG}/by_key/42/raw`;

/** by_name holds links to by_key, as the kernel makes them. */
function qemu(host: FakeHost): FakeHost {
  host.writeFile(ENTRY, CONFIG);
  host.link('../../../by_key/42', `${FW_CFG}/by_name/opt/basalt/user-data`);
  return host;
}

test('fw_cfg gives the file of that name', () => {
  const host = qemu(new FakeHost());
  expect(fwCfg.isHere(host)).toBe(true);
  expect(fwCfg.read(host, 5000)).toMatchObject({
    source: 'fw-cfg',
    where: 'opt/basalt/user-data',
    userData: CONFIG,
  });
  expect(host.commands.map(({ command }) => command[0])).not.toContain('modprobe');
});

test('fw_cfg loads its module when ACPI tells of the device', () => {
  const host = new FakeHost({
    files: { '/sys/bus/acpi/devices/QEMU0002:00/status': '15' },
    programs: {
      modprobe: (_, __, machine) => {
        qemu(machine);
        return {};
      },
    },
  });
  expect(fwCfg.isHere(host)).toBe(true);
  expect(fwCfg.read(host, 5000)?.userData).toBe(CONFIG);
});

test('fw_cfg without its module is passed over with a warning', () => {
  const host = new FakeHost({
    files: { '/sys/bus/acpi/devices/QEMU0002:00/status': '15' },
    programs: { modprobe: () => ({ exitCode: 1, stderr: 'FATAL: Module not found' }) },
  });
  expect(fwCfg.read(host, 5000)).toBeUndefined();
  expect(host.logged).toEqual([expect.stringMatching(/^warning: .*Module not found/)]);
});

test('fw_cfg without the file has nothing, and other machines have no fw_cfg', () => {
  expect(fwCfg.read(new FakeHost({ files: { [`${FW_CFG}/rev`]: '3' } }), 5000)).toBeUndefined();
  expect(fwCfg.isHere(new FakeHost())).toBe(false);
});

test('the image gives its file', () => {
  const host = new FakeHost({ files: { '/usr/share/basalt/cloud-config.yaml': CONFIG } });
  expect(image.isHere(host)).toBe(true);
  expect(image.read(host, 5000)).toMatchObject({ source: 'image', userData: CONFIG });
  expect(image.isHere(new FakeHost())).toBe(false);
});

test('something else than a file in its place is told', () => {
  const host = new FakeHost({ files: { '/usr/share/basalt/cloud-config.yaml/x': '' } });
  expect(() => image.read(host, 5000)).toThrow('image: cannot read /usr/share/basalt/cloud-config.yaml: ');
});
