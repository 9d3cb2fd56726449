import { expect, test } from 'vitest';
import { qemuCommand } from '../../../src/machine/qemu.ts';
import { MIB } from '../../../src/units.ts';

test('a tap is a card on a network of the host, without firmware of QEMU', () => {
  const command = qemuCommand(
    {
      accelerator: 'tcg',
      memoryBytes: 512 * MIB,
      cpus: 1,
      tap: { interface: 'machine0', mac: '52:54:00:00:00:01', bootIndex: 0 },
    },
    { monitor: { kind: 'stdio' }, serial: [] },
  ).join(' ');
  expect(command).toContain('-netdev tap,id=tap0,ifname=machine0,script=no,downscript=no');
  expect(command).toContain('-device virtio-net-pci,netdev=tap0,mac=52:54:00:00:00:01,bootindex=0,romfile=');
});
