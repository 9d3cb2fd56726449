/** The QEMU command line of a machine. Pure: no file is looked at; paths are those that QEMU will see. */
import type { Command } from '../exec/run.ts';
import { MIB } from '../units.ts';
import { blockNode, diskArguments } from './disk-arguments.ts';
import { option } from './option.ts';
import type { Accelerator, Channel, Content, Firmware, MachineSpec, Network, Tap, Wire } from './spec.ts';

/** Where the machine's own channels lead. */
export interface Channels {
  /** QMP, the machine protocol of QEMU's monitor. */
  readonly monitor: Channel;
  /** The serial ports: the console (ttyS0) first. */
  readonly serial: readonly Channel[];
}

/** Processor models: with TCG, `max` without five-level paging, which Linux 6.12 does not survive there. */
const PROCESSORS: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max,-la57'],
};

/** Builds the whole command. Pure. */
export function qemuCommand(spec: MachineSpec, channels: Channels): Command {
  return [
    'qemu-system-x86_64',
    // Nothing but what is named here: no default devices, no configuration files.
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-machine',
    machine(spec.firmware),
    ...PROCESSORS[spec.accelerator],
    '-smp',
    String(spec.cpus),
    '-m',
    `${Math.ceil(spec.memoryBytes / MIB)}M`,
    // Entropy at once, so that nothing waits for it at boot.
    '-object',
    'rng-random,id=rng0,filename=/dev/urandom',
    '-device',
    'virtio-rng-pci,rng=rng0',
    ...firmwareArguments(spec.firmware),
    ...kernelArguments(spec.kernel),
    ...diskArguments(spec.disks ?? []),
    ...networkArguments(spec.network),
    ...wireArguments(spec.wire),
    ...tapArguments(spec.tap),
    ...identityArguments(spec),
    ...channelArguments(channels),
    ...(spec.bmc ? ['-device', 'ipmi-bmc-sim,id=bmc', '-device', 'isa-ipmi-kcs,bmc=bmc'] : []),
    ...(spec.watchdog ? ['-device', 'i6300esb', '-action', 'watchdog=reset'] : []),
    ...(spec.endOnReboot ? ['-action', 'reboot=shutdown'] : []),
  ];
}

function machine(firmware: Firmware | undefined): string {
  if (firmware === undefined) return 'q35';
  return option('q35', {
    pflash0: 'code',
    pflash1: 'variables',
    smm: firmware.secureBoot ? true : undefined,
  });
}

function firmwareArguments(firmware: Firmware | undefined): string[] {
  if (firmware === undefined) return [];
  return [
    ...(firmware.secureBoot ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...blockNode('code', firmware.code, 'raw', { readOnly: true }),
    ...blockNode('variables', firmware.variables, 'raw', { readOnly: false }),
  ];
}

function kernelArguments(kernel: MachineSpec['kernel']): string[] {
  if (kernel === undefined) return [];
  const initrd = kernel.initrd === undefined ? [] : ['-initrd', kernel.initrd];
  return ['-kernel', kernel.path, ...initrd, '-append', kernel.commandLine];
}

function networkArguments(network: Network | undefined): string[] {
  if (network === undefined) return [];
  const forwards = (network.forwards ?? []).map(
    ({ hostAddress = '127.0.0.1', hostPort, guestPort }) =>
      `,hostfwd=tcp:${hostAddress}:${hostPort}-:${guestPort}`,
  );
  // A program for each connection: a socket given here would serve only one.
  const services = (network.services ?? []).map(
    ({ address, port, hostPort }) =>
      `,guestfwd=tcp:${address}:${port}-cmd:/usr/bin/busybox nc 127.0.0.1 ${hostPort}`,
  );
  return [
    '-netdev',
    `${option('user', { id: 'net0', restrict: network.isolated, net: network.subnet })}${forwards.join('')}${services.join('')}`,
    '-device',
    option(network.model ?? 'virtio-net-pci', {
      netdev: 'net0',
      mac: network.mac,
      bootindex: network.bootIndex,
    }),
  ];
}

function wireArguments(wire: Wire | undefined): string[] {
  if (wire === undefined) return [];
  const end = (side: 'local' | 'remote', port: number) => ({
    [`${side}.type`]: 'inet',
    [`${side}.host`]: '127.0.0.1',
    [`${side}.port`]: port,
  });
  return [
    '-netdev',
    option('dgram', { id: 'wire0', ...end('local', wire.localPort), ...end('remote', wire.remotePort) }),
    '-device',
    option('virtio-net-pci', { netdev: 'wire0', mac: wire.mac }),
  ];
}

function tapArguments(tap: Tap | undefined): string[] {
  if (tap === undefined) return [];
  return [
    '-netdev',
    option('tap', { id: 'tap0', ifname: tap.interface, script: 'no', downscript: 'no' }),
    '-device',
    `${option('virtio-net-pci', { netdev: 'tap0', mac: tap.mac, bootindex: tap.bootIndex })},romfile=`,
  ];
}

function identityArguments({ system, oemStrings = [], fwCfg = [] }: MachineSpec): string[] {
  return [
    ...(system === undefined ? [] : ['-smbios', option('', { type: 1, ...system })]),
    ...oemStrings.flatMap((content) => [
      '-smbios',
      option('', { type: 11, ...contentOption(content, 'value', 'path') }),
    ]),
    ...fwCfg.flatMap((entry) => [
      '-fw_cfg',
      option('', { name: entry.name, ...contentOption(entry, 'string', 'file') }),
    ]),
  ];
}

function contentOption(content: Content, valueKey: string, pathKey: string): Record<string, string> {
  return 'value' in content ? { [valueKey]: content.value } : { [pathKey]: content.path };
}

function channelArguments({ monitor, serial }: Channels): string[] {
  return [
    '-chardev',
    channel('monitor', monitor),
    '-mon',
    'chardev=monitor,mode=control',
    ...serial.flatMap((target, index) => [
      '-chardev',
      channel(`serial${index}`, target),
      ...serialPort(index),
    ]),
  ];
}

/** PCs give the third and fourth port the interrupts of the first two, and Linux then refuses to use both of a pair at once. */
const OWN_INTERRUPTS: Readonly<Record<number, number>> = { 2: 5, 3: 7 };

function serialPort(index: number): string[] {
  const chardev = `serial${index}`;
  const irq = OWN_INTERRUPTS[index];
  return irq === undefined
    ? ['-serial', `chardev:${chardev}`]
    : ['-device', option('isa-serial', { chardev, index, irq })];
}

function channel(id: string, target: Channel): string {
  switch (target.kind) {
    case 'descriptor':
      return option('socket', { id, fd: target.descriptor });
    case 'socket':
      return option('socket', { id, path: target.path, server: true, wait: false });
    case 'file':
      return option('file', { id, path: target.path });
    case 'stdio':
      return option('stdio', { id, signal: false });
  }
}
