import { describe, expect, it } from 'vitest';
import { qemuCommand } from '../../../src/machine/qemu.ts';
import type { MachineSpec } from '../../../src/machine/spec.ts';
import { MIB } from '../../../src/units.ts';

const channels = {
  monitor: { kind: 'descriptor', descriptor: 3 },
  serial: [{ kind: 'descriptor', descriptor: 4 }],
} as const;

const bare: MachineSpec = { accelerator: 'tcg', memoryBytes: 512 * MIB, cpus: 2 };

const argumentsOf = (spec: Partial<MachineSpec>) => qemuCommand({ ...bare, ...spec }, channels);

/** The values given to one option, in order. */
function values(command: readonly string[], name: string): string[] {
  return command.filter((_, index) => command[index - 1] === name);
}

describe('qemuCommand', () => {
  it('starts from nothing', () => {
    expect(qemuCommand(bare, channels)).toEqual([
      'qemu-system-x86_64',
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-machine',
      'q35',
      '-accel',
      'tcg,thread=multi',
      '-cpu',
      'max,-la57',
      '-smp',
      '2',
      '-m',
      '512M',
      '-object',
      'rng-random,id=rng0,filename=/dev/urandom',
      '-device',
      'virtio-rng-pci,rng=rng0',
      '-chardev',
      'socket,id=monitor,fd=3',
      '-mon',
      'chardev=monitor,mode=control',
      '-chardev',
      'socket,id=serial0,fd=4',
      '-serial',
      'chardev:serial0',
    ]);
  });

  it('uses the processor of the host with KVM', () => {
    const command = argumentsOf({ accelerator: 'kvm' });
    expect(values(command, '-accel')).toEqual(['kvm']);
    expect(values(command, '-cpu')).toEqual(['host']);
  });

  it('names the image below an overlay, and opens it read-only', () => {
    const command = argumentsOf({
      disks: [
        {
          path: '/o.qcow2',
          format: 'qcow2',
          backing: { path: '/a,b.raw', format: 'raw' },
          throwaway: true,
          bootIndex: 0,
        },
      ],
    });
    expect(values(command, '-blockdev')).toEqual([
      'driver=file,node-name=base0-file,filename=/a,,b.raw,read-only=on',
      'driver=raw,node-name=base0,file=base0-file,read-only=on',
      'driver=file,node-name=disk0-file,filename=/o.qcow2,read-only=off,discard=unmap,cache.no-flush=on',
      'driver=qcow2,node-name=disk0,file=disk0-file,read-only=off,backing=base0,discard=unmap,cache.no-flush=on',
    ]);
    expect(values(command, '-device')).toContain('virtio-blk-pci,drive=disk0,bootindex=0');
  });

  it('puts a log of the writes between the drive and its disk', () => {
    const command = argumentsOf({ disks: [{ path: '/d', format: 'raw', writeLog: '/log' }] });
    expect(values(command, '-blockdev').slice(-2)).toEqual([
      'driver=file,node-name=log0,filename=/log',
      'driver=blklogwrites,node-name=logged0,file=disk0,log=log0,discard=unmap',
    ]);
    expect(values(command, '-device')).toContain('virtio-blk-pci,drive=logged0');
  });

  it.each([
    ['virtio', ['virtio-blk-pci,drive=disk0,logical_block_size=4096,physical_block_size=4096']],
    ['nvme', ['nvme,drive=disk0,serial=basalt0,logical_block_size=4096,physical_block_size=4096']],
    ['ahci', ['ide-hd,drive=disk0,bus=ide.0,logical_block_size=4096,physical_block_size=4096']],
    [
      'virtio-scsi',
      [
        'virtio-scsi-pci,id=bus-virtio-scsi',
        'scsi-hd,drive=disk0,bus=bus-virtio-scsi.0,logical_block_size=4096,physical_block_size=4096',
      ],
    ],
    [
      'megasas',
      [
        'megasas-gen2,id=bus-megasas',
        'scsi-hd,drive=disk0,bus=bus-megasas.0,logical_block_size=4096,physical_block_size=4096',
      ],
    ],
    [
      'usb',
      [
        'qemu-xhci,id=bus-usb',
        'usb-storage,drive=disk0,bus=bus-usb.0,logical_block_size=4096,physical_block_size=4096',
      ],
    ],
  ] as const)('hangs a disk on %s', (bus, devices) => {
    const command = argumentsOf({ disks: [{ path: '/d', format: 'raw', bus, sectorBytes: 4096 }] });
    expect(values(command, '-device').slice(1)).toEqual(devices);
  });

  it('gives disks and media of the AHCI controller ports of their own, and a controller once', () => {
    const disk = { path: '/d', format: 'raw' } as const;
    const command = argumentsOf({
      disks: [
        { ...disk, bus: 'cdrom' },
        { ...disk, bus: 'megasas' },
        { ...disk, bus: 'ahci', serial: 'S1' },
        { ...disk, bus: 'megasas' },
      ],
    });
    expect(values(command, '-device').slice(1)).toEqual([
      'megasas-gen2,id=bus-megasas',
      'ide-cd,drive=disk0,bus=ide.0',
      'scsi-hd,drive=disk1,bus=bus-megasas.0',
      'ide-hd,drive=disk2,bus=ide.1,serial=S1',
      'scsi-hd,drive=disk3,bus=bus-megasas.0',
    ]);
    expect(values(command, '-blockdev')[0]).toBe('driver=file,node-name=disk0-file,filename=/d,read-only=on');
  });

  it('has firmware with its own variables', () => {
    const command = argumentsOf({ firmware: { code: '/code.fd', variables: '/vars.fd' } });
    expect(values(command, '-machine')).toEqual(['q35,pflash0=code,pflash1=variables']);
    expect(values(command, '-blockdev')).toEqual([
      'driver=file,node-name=code-file,filename=/code.fd,read-only=on',
      'driver=raw,node-name=code,file=code-file,read-only=on',
      'driver=file,node-name=variables-file,filename=/vars.fd,read-only=off,discard=unmap',
      'driver=raw,node-name=variables,file=variables-file,read-only=off,discard=unmap',
    ]);
    const secure = argumentsOf({ firmware: { code: '/c', variables: '/v', secureBoot: true } });
    expect(values(secure, '-machine')).toEqual(['q35,pflash0=code,pflash1=variables,smm=on']);
    expect(values(secure, '-global')).toEqual(['driver=cfi.pflash01,property=secure,value=on']);
  });

  it('forwards ports of the loopback address', () => {
    const command = argumentsOf({
      network: {
        model: 'igb',
        isolated: true,
        mac: '52:54:00:00:00:01',
        forwards: [
          { hostPort: 2222, guestPort: 22 },
          { hostAddress: '0.0.0.0', hostPort: 0, guestPort: 80 },
        ],
      },
    });
    expect(values(command, '-netdev')).toEqual([
      'user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=tcp:0.0.0.0:0-:80',
    ]);
    expect(values(command, '-device').at(-1)).toBe('igb,netdev=net0,mac=52:54:00:00:00:01');
  });

  it('leads addresses of the network to services of the host', () => {
    const command = argumentsOf({
      network: {
        subnet: '169.254.0.0/16',
        services: [{ address: '169.254.169.254', port: 80, hostPort: 8080 }],
      },
    });
    expect(values(command, '-netdev')).toEqual([
      'user,id=net0,net=169.254.0.0/16,guestfwd=tcp:169.254.169.254:80-cmd:/usr/bin/busybox nc 127.0.0.1 8080',
    ]);
  });

  it('passes SMBIOS strings and fw_cfg entries, with commas doubled', () => {
    const command = argumentsOf({
      system: { manufacturer: 'Dell, Inc.', serial: 'X1' },
      oemStrings: [{ value: 'io.systemd.credential:a=1,2' }, { path: '/s' }],
      fwCfg: [
        { name: 'opt/a', value: 'x,y' },
        { name: 'opt/b', path: '/f' },
      ],
    });
    expect(values(command, '-smbios')).toEqual([
      'type=1,manufacturer=Dell,, Inc.,serial=X1',
      'type=11,value=io.systemd.credential:a=1,,2',
      'type=11,path=/s',
    ]);
    expect(values(command, '-fw_cfg')).toEqual(['name=opt/a,string=x,,y', 'name=opt/b,file=/f']);
  });

  it('starts a kernel directly', () => {
    const command = argumentsOf({
      kernel: { path: '/vmlinuz', initrd: '/initrd', commandLine: 'console=ttyS0,115200' },
    });
    expect(values(command, '-kernel')).toEqual(['/vmlinuz']);
    expect(values(command, '-initrd')).toEqual(['/initrd']);
    expect(values(command, '-append')).toEqual(['console=ttyS0,115200']);
  });

  it('has a watchdog and ends on reboot when asked', () => {
    const command = argumentsOf({ watchdog: true, endOnReboot: true });
    expect(values(command, '-action')).toEqual(['watchdog=reset', 'reboot=shutdown']);
    expect(values(command, '-device')).toContain('i6300esb');
  });

  it('has a BMC when asked', () => {
    expect(values(argumentsOf({ bmc: true }), '-device')).toEqual(
      expect.arrayContaining(['ipmi-bmc-sim,id=bmc', 'isa-ipmi-kcs,bmc=bmc']),
    );
  });

  it('gives the third and fourth serial port interrupts of their own', () => {
    const serial = Array.from({ length: 4 }, () => ({ kind: 'stdio' as const }));
    const command = qemuCommand(bare, { monitor: { kind: 'stdio' }, serial });
    expect(values(command, '-serial')).toEqual(['chardev:serial0', 'chardev:serial1']);
    expect(values(command, '-device')).toEqual(
      expect.arrayContaining([
        'isa-serial,chardev=serial2,index=2,irq=5',
        'isa-serial,chardev=serial3,index=3,irq=7',
      ]),
    );
  });

  it('leads channels to sockets, files and stdio', () => {
    const command = qemuCommand(bare, {
      monitor: { kind: 'socket', path: '/m,1' },
      serial: [{ kind: 'stdio' }, { kind: 'file', path: '/log' }],
    });
    expect(values(command, '-chardev')).toEqual([
      'socket,id=monitor,path=/m,,1,server=on,wait=off',
      'stdio,id=serial0,signal=off',
      'file,id=serial1,path=/log',
    ]);
  });
});
