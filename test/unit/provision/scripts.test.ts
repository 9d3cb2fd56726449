import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { installPlan } from '../../../src/provision/install-plan.ts';
import { readScripts } from '../../../src/provision/ipxe/scripts.ts';
import { bootingCard } from '../../../src/provision/network/dnsmasq.ts';
import { dnsmasqConfiguration } from '../../../src/provision/network/dnsmasq-configuration.ts';
import { machinesOf } from '../../support/provision/machines-file.ts';

const home = resolve(import.meta.dirname, '../../..');
const golden = join(home, 'test/golden/provision');
const server = 'http://10.0.10.1:8080';
const place = { address: '10.0.10.1', netmask: '255.255.254.0' };

function planOf(name: string, more: { commandLine?: string } = {}) {
  const profile = machinesOf().profiles.find((each) => each.name === name);
  if (profile === undefined) throw new Error(name);
  return installPlan({
    server,
    profile,
    image: {
      image: 'live',
      version: '1.2.0',
      commandLine: more.commandLine ?? 'roothash=abcd console=ttyS0,115200n8',
      kernel: 'live_1.2.0.vmlinuz',
      initrds: ['live_1.2.0.initrd', 'live_1.2.0.root.cpio'],
    },
    machine: 'b44506000008',
    mac: 'b4:45:06:00:00:08',
    tokens: { config: 'CONFIG-TOKEN', report: 'REPORT_TOKEN' },
  });
}

test('the scripts of iPXE', async () => {
  const scripts = await readScripts(join(home, 'templates/ipxe'));
  await expect(scripts.boot(server)).toMatchFileSnapshot(join(golden, 'boot.ipxe'));
  await expect(scripts.install(planOf('two'))).toMatchFileSnapshot(join(golden, 'install.ipxe'));
  await expect(scripts.disk(['two is installed'], 0)).toMatchFileSnapshot(join(golden, 'disk.ipxe'));
});

test('what an image asks for by itself is left out, quotes and all; what is quoted stays whole', () => {
  const commandLine =
    'a=1 basalt.install.disk="serial:A B" "basalt.install.server=http://10.0.0.9" dyndbg="file a.c +p" b';
  expect(planOf('two', { commandLine }).arguments.slice(0, 3)).toEqual(['a=1', 'dyndbg="file a.c +p"', 'b']);
});

test('what a machine says of itself cannot become a command', async () => {
  const scripts = await readScripts(join(home, 'templates/ipxe'));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: iPXE's settings look alike.
  const hostile = 'x && shell || ${cmd} ; # "\'\n\\ boot\u00e9';
  const script = scripts.disk([`no entry: ${hostile}`], 1);
  expect(script.split('\n')[1]).toBe('echo Basalt: no entry: x ?? shell ?? ??cmd? ? ? ???? boot?');
  expect(script.split('\n')).toHaveLength(scripts.disk(['plain'], 1).split('\n').length);
});

test('words that iPXE would split are a defect, not a script', async () => {
  const scripts = await readScripts(join(home, 'templates/ipxe'));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: iPXE's settings look alike.
  for (const commandLine of ['a=${x}', 'a;shell', 'a||b', '"quoted"'])
    expect(() => scripts.install(planOf('two', { commandLine }))).toThrow(/cannot stand in a script/);
});

test.each(['proxy', 'full'] as const)('the configuration of dnsmasq: %s', async (dhcp) => {
  const template = await readFile(join(home, 'templates/dnsmasq/dnsmasq.conf.hbs'), 'utf8');
  const text = dnsmasqConfiguration(template, { ...machinesOf().network, dhcp }, place);
  await expect(text).toMatchFileSnapshot(join(golden, `dnsmasq-${dhcp}.conf`));
});

test('cards that boot are read from the log of dnsmasq, others are not', () => {
  expect(bootingCard('dnsmasq-dhcp[2]: 860803650 PXE(basalt0) 52:54:00:12:34:56 proxy')).toBe(
    '52:54:00:12:34:56',
  );
  expect(bootingCard('dnsmasq-dhcp[2]: 1 PXE(eno2) 10.0.0.9 52:54:00:12:34:56 snponly.efi')).toBe(
    '52:54:00:12:34:56',
  );
  expect(bootingCard('dnsmasq-dhcp[2]: 1 DHCPDISCOVER(eno2) 52:54:00:12:34:56 ')).toBeUndefined();
  expect(bootingCard('dnsmasq-dhcp[2]: 1 vendor class: PXE(x) 52:54:00:12:34:56 proxy')).toBeUndefined();
});
