/** A switch between virtual machines: each wire is a pair of UDP ports on the loopback, each frame a datagram. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Wire } from '../../src/machine/spec.ts';

const LOOPBACK = '127.0.0.1';

interface Port {
  readonly socket: Socket;
  /** Where the machine's QEMU listens. */
  readonly machinePort: number;
}

export class EthernetSwitch {
  private readonly ports: Port[] = [];

  /** A wire for one machine; it may be used again by a machine that takes its place. */
  async plug(mac: string): Promise<Wire> {
    const socket = await bound();
    const port: Port = { socket, machinePort: await freePort() };
    this.ports.push(port);
    socket.on('message', (frame) => this.pass(port, frame));
    // A machine that is off refuses datagrams.
    socket.on('error', () => undefined);
    return { mac, localPort: port.machinePort, remotePort: (socket.address() as AddressInfo).port };
  }

  close(): void {
    for (const { socket } of this.ports) socket.close();
  }

  /** To all others: with a few machines there is no need to learn who is where. */
  private pass(from: Port, frame: Buffer): void {
    for (const to of this.ports) if (to !== from) to.socket.send(frame, to.machinePort, LOOPBACK);
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  return socket;
}

async function freePort(): Promise<number> {
  const socket = await bound();
  const { port } = socket.address() as AddressInfo;
  socket.close();
  return port;
}
