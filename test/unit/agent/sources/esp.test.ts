import { expect, test } from 'vitest';
import { esp } from '../../../../src/agent/sources/esp.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

const CONFIG = '#cloud-config\n';
const UUID = '3f89a3b3-e89a-7ac1-85e7-8c2ea5a80b2e';
const DEVICE = `/dev/disk/by-partuuid/${UUID}`;
const VARIABLE = '/sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
/** As systemd-boot writes it: attributes, then UTF-16 in upper case with a NUL. */
const VALUE = Buffer.concat([Buffer.from([6, 0, 0, 0]), Buffer.from(`${UUID.toUpperCase()}\0`, 'utf16le')]);
const AUTOMOUNT = '37 22 0:31 / /boot rw,relatime shared:1 - autofs systemd-1 rw,fd=1\n';
const MOUNTED = `${AUTOMOUNT}40 37 254:1 / /boot rw,nosuid shared:2 - vfat /dev/vda1 rw\n`;

function machine(
  mountinfo: string,
  {
    onDisk = CONFIG,
    atBoot,
    booted = true,
    mount,
  }: { onDisk?: string | undefined; atBoot?: string; booted?: boolean; mount?: FakeProgram } = {},
): FakeHost {
  return new FakeHost({
    files: {
      '/proc/self/mountinfo': `22 1 254:0 / / ro - squashfs /dev/mapper/root ro\n${mountinfo}`,
      ...(booted ? { [VARIABLE]: VALUE, [DEVICE]: '' } : {}),
      ...(atBoot === undefined ? {} : { '/boot/basalt/cloud-config.yaml': atBoot }),
    },
    programs: {
      mount:
        mount ??
        ((command, _, host) => {
          expect(command).toContain(DEVICE);
          host.writeFile(`${command.at(-1)}/basalt/cloud-config.yaml`, onDisk);
          return {};
        }),
      umount: (command, _, host) => {
        for (const name of ['/basalt/cloud-config.yaml', '/basalt']) host.remove(`${command.at(-1)}${name}`);
        return {};
      },
    },
  });
}

test('the partition that the machine was started from is looked at, without waking the automount', () => {
  const host = machine(AUTOMOUNT, { atBoot: 'not this' });
  expect(esp.isHere(host)).toBe(true);
  expect(esp.read(host, 5000)).toMatchObject({
    source: 'esp',
    where: '/boot/basalt/cloud-config.yaml',
    userData: CONFIG,
  });
  const mount = host.commands.find(({ command }) => command[0] === 'mount')?.command ?? [];
  expect(mount[mount.indexOf('-t') + 1]).toBe('vfat');
  expect(mount[mount.indexOf('-o') + 1]).toMatch(/^ro,/);
});

test('what is mounted is read where it is mounted', () => {
  const host = machine(MOUNTED, { atBoot: CONFIG });
  expect(esp.read(host, 5000)?.userData).toBe(CONFIG);
  expect(host.commands.map(({ command }) => command[0])).not.toContain('mount');
});

test('a mount that is refused is looked around, where systemd can mount it', () => {
  const refused: FakeProgram = () => ({
    exitCode: 32,
    stderr: 'mount: /run/x: /dev/vda1 already mounted on /boot.',
  });
  expect(esp.read(machine(AUTOMOUNT, { mount: refused, atBoot: CONFIG }), 5000)?.userData).toBe(CONFIG);
  expect(() => esp.read(machine('', { mount: refused }), 5000)).toThrow(
    'esp: cannot read /boot/basalt/cloud-config.yaml: cannot be mounted as vfat: mount: /run/x: /dev/vda1 already mounted',
  );
});

test('without the boot loader’s word, systemd’s mount is used', () => {
  const host = machine(AUTOMOUNT, { booted: false, atBoot: CONFIG });
  expect(esp.isHere(host)).toBe(true);
  expect(esp.read(host, 5000)?.userData).toBe(CONFIG);
});

test('a machine from the network has no ESP, and one that is empty has nothing', () => {
  expect(esp.isHere(machine('', { booted: false }))).toBe(false);
  expect(esp.isHere(machine(AUTOMOUNT.replace('/boot', '/bootx'), { booted: false }))).toBe(false);
  expect(esp.read(machine(AUTOMOUNT, { onDisk: ' \n' }), 5000)).toBeUndefined();
});

test('a variable that is no UUID leads nowhere', () => {
  const host = new FakeHost({
    files: { [VARIABLE]: Buffer.from('\0\0\0\0../../../etc\0'), '/proc/self/mountinfo': '' },
  });
  expect(esp.isHere(host)).toBe(false);
});
