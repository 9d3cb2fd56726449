import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { qemuCommand } from '../../../src/machine/qemu.ts';
import { MIB } from '../../../src/units.ts';
import { EthernetSwitch } from '../../support/ethernet-switch.ts';

test('a wire is a second card, whose frames are datagrams on the loopback', () => {
  const command = qemuCommand(
    {
      accelerator: 'tcg',
      memoryBytes: 512 * MIB,
      cpus: 1,
      wire: { mac: '52:54:00:00:00:01', localPort: 1000, remotePort: 2000 },
    },
    { monitor: { kind: 'stdio' }, serial: [] },
  ).join(' ');
  expect(command).toContain(
    '-netdev dgram,id=wire0,local.type=inet,local.host=127.0.0.1,local.port=1000,remote.type=inet,remote.host=127.0.0.1,remote.port=2000',
  );
  expect(command).toContain('-device virtio-net-pci,netdev=wire0,mac=52:54:00:00:00:01');
});

test('the switch brings a frame to all but who sent it', async () => {
  const network = new EthernetSwitch();
  const machines = await Promise.all(
    [1, 2, 3].map(async (number) => {
      const wire = await network.plug(`52:54:00:00:00:0${number}`);
      const socket = createSocket('udp4');
      const heard: string[] = [];
      socket.on('message', (frame) => heard.push(String(frame)));
      socket.bind(wire.localPort, '127.0.0.1');
      await once(socket, 'listening');
      return { wire, socket, heard };
    }),
  );
  try {
    const [first, second, third] = machines;
    const both = Promise.all([second, third].map((each) => each && once(each.socket, 'message')));
    first?.socket.send('frame', first.wire.remotePort, '127.0.0.1');
    await both;
    expect(machines.map(({ heard }) => heard)).toEqual([[], ['frame'], ['frame']]);
  } finally {
    for (const { socket } of machines) socket.close();
    network.close();
  }
});
