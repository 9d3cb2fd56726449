/** DHCP as firmware speaks it (RFC 2131, 2132; PXE 2.1; UEFI 2.10, 24.3 and 24.7): messages, and one exchange. */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

/** Option numbers (IANA, BOOTP vendor extensions and DHCP options). */
const option = {
  messageType: 53,
  serverId: 54,
  parameters: 55,
  vendorOptions: 43,
  vendorClass: 60,
  tftpServer: 66,
  bootFile: 67,
  userClass: 77,
  architecture: 93,
  networkInterface: 94,
  machineId: 97,
  ipxe: 175,
} as const;

const DISCOVER = 1;
const REQUEST = 3;

/** Who asks. */
export interface Asker {
  readonly mac: string;
  /** IANA, processor architecture types: 0 BIOS, 7 x64 UEFI, 16 x64 UEFI HTTP. */
  readonly architecture: number;
  /** Undefined for a client that does not boot from the network. */
  readonly vendor: 'PXEClient' | 'HTTPClient' | undefined;
  /** It is iPXE already. */
  readonly isIpxe?: boolean;
  /** The item of the boot menu that it wants, of port 4011 (PXE 2.1, 2.4.5). */
  readonly menuItem?: number;
}

/** An answer. */
export interface Offer {
  /** `yiaddr`: 0.0.0.0 from a proxy. */
  readonly address: string;
  /** `siaddr`. */
  readonly nextServer: string;
  /** The field `file`, or option 67. */
  readonly bootFile: string;
  readonly vendorClass: string;
  readonly options: ReadonlyMap<number, Buffer>;
}

/** A DHCPDISCOVER, or what goes to port 4011. */
function message(asker: Asker, type: number, address = '0.0.0.0'): Buffer {
  const head = Buffer.alloc(240);
  head[0] = 1; // BOOTREQUEST
  head[1] = 1; // Ethernet
  head[2] = 6;
  randomBytes(4).copy(head, 4);
  head.writeUInt16BE(0x8000, 10); // answer by broadcast
  Buffer.from(address.split('.').map(Number)).copy(head, 12);
  Buffer.from(asker.mac.replaceAll(':', ''), 'hex').copy(head, 28);
  head.writeUInt32BE(0x63825363, 236);
  const put = (code: number, value: Buffer) => Buffer.concat([Buffer.from([code, value.length]), value]);
  const number = (value: number) => Buffer.from([value >> 8, value & 255]);
  return Buffer.concat([
    head,
    put(option.messageType, Buffer.from([type])),
    put(option.parameters, Buffer.from([1, 3, 6, 43, 54, 60, 66, 67, 97])),
    ...(asker.vendor === undefined
      ? []
      : [
          put(option.architecture, number(asker.architecture)),
          put(option.networkInterface, Buffer.from([1, 3, 1])),
          put(option.machineId, Buffer.concat([Buffer.from([0]), Buffer.alloc(16, 7)])),
          put(
            option.vendorClass,
            Buffer.from(`${asker.vendor}:Arch:${String(asker.architecture).padStart(5, '0')}:UNDI:003001`),
          ),
        ]),
    ...(asker.menuItem === undefined
      ? []
      : [put(option.vendorOptions, Buffer.from([71, 4, ...number(asker.menuItem), 0, 0, 255]))]),
    ...(asker.isIpxe
      ? [put(option.userClass, Buffer.from('iPXE')), put(option.ipxe, Buffer.from([0xb1, 2, 0x80, 0x86]))]
      : []),
    Buffer.from([255]),
  ]);
}

/** Reads an answer. */
function readOffer(packet: Buffer): Offer {
  const options = new Map<number, Buffer>();
  for (let at = 240; at < packet.length && packet[at] !== 255; ) {
    if (packet[at] === 0) {
      at++;
      continue;
    }
    const length = packet[at + 1] ?? 0;
    options.set(packet[at] ?? 0, packet.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const text = (bytes: Buffer | undefined) => (bytes?.toString('latin1') ?? '').replace(/\0.*$/s, '');
  return {
    address: [...packet.subarray(16, 20)].join('.'),
    nextServer: [...packet.subarray(20, 24)].join('.'),
    bootFile: text(options.get(option.bootFile)) || text(packet.subarray(108, 236)),
    vendorClass: text(options.get(option.vendorClass)),
    options,
  };
}

/**
 * Asks by broadcast, or the boot server at port 4011; waits for one answer.
 * @returns Undefined when nobody answers in time.
 */
export async function exchange(
  asker: Asker,
  to: { readonly port: 67 | 4011; readonly server: string; readonly own: string },
): Promise<Offer | undefined> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    await new Promise<void>((resolve) => socket.bind(68, '0.0.0.0', resolve));
    socket.setBroadcast(true);
    const isBroadcast = to.port === 67;
    const sent = message(asker, isBroadcast ? DISCOVER : REQUEST, isBroadcast ? undefined : to.own);
    const id = sent.readUInt32BE(4);
    const answer = new Promise<Offer | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), 4000);
      socket.on('message', (packet) => {
        if (packet.length < 240 || packet[0] !== 2 || packet.readUInt32BE(4) !== id) return;
        clearTimeout(timer);
        resolve(readOffer(packet));
      });
    });
    socket.send(sent, to.port, isBroadcast ? '255.255.255.255' : to.server);
    return await answer;
  } finally {
    socket.close();
  }
}
