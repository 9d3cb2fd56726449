/** What a virtual machine is made of. Plain data: `qemu.ts` turns it into QEMU's arguments, `machine.ts` runs it. */
import type { DiskFileFormat } from '../formats/disk-file.ts';

/** How the processor is run: by the host's (`kvm`), or emulated in software (`tcg`), which is some ten times slower. */
export type Accelerator = 'kvm' | 'tcg';

/** Formats of disk images that QEMU is given. Always named, never guessed: a guest could write a header that fools the guess. */
export type DiskFormat = DiskFileFormat;

/** The controller a disk hangs on. `megasas` is like Dell's PERC (driven by megaraid_sas). */
export type DiskBus = 'virtio' | 'nvme' | 'ahci' | 'virtio-scsi' | 'megasas' | 'usb' | 'cdrom';

export interface Disk {
  readonly path: string;
  readonly format: DiskFormat;
  /** The image below, when `path` is an overlay (see overlay.ts). Opened read-only. */
  readonly backing?: { readonly path: string; readonly format: DiskFormat };
  readonly bus?: DiskBus;
  readonly readOnly?: boolean;
  /** What `/dev/disk/by-id` shows. */
  readonly serial?: string;
  /** Sector size the guest sees; 512 when absent. */
  readonly sectorBytes?: 512 | 4096;
  /** Place in the firmware's boot order, from 0; disks without one are not booted from. */
  readonly bootIndex?: number;
  /** The disk lives as long as the machine: the guest's flushes need not reach the host's disk. */
  readonly throwaway?: boolean;
  /**
   * A file that gets every write, flush and discard of the guest in the order in which they were completed, in the format of
   * Linux' dm-log-writes. It must exist; what is in it is lost.
   * @see https://docs.kernel.org/admin-guide/device-mapper/log-writes.html
   */
  readonly writeLog?: string;
}

/** A TCP port of the host that leads into the machine. */
export interface Forward {
  /** 127.0.0.1 when absent. */
  readonly hostAddress?: string;
  /** 0 takes any free port: `Machine.forwards` says which. */
  readonly hostPort: number;
  readonly guestPort: number;
}

/** An address of the guest's network that leads to a port of the host, for what machines expect at a fixed address. */
export interface NetworkService {
  /** In the network's subnet. */
  readonly address: string;
  readonly port: number;
  /** On 127.0.0.1 of the host. */
  readonly hostPort: number;
}

/** QEMU's user-mode network: NAT with a DHCP server, no rights needed. The host is 10.0.2.2 to the guest. */
export interface Network {
  readonly model?: 'virtio-net-pci' | 'e1000e' | 'igb';
  readonly forwards?: readonly Forward[];
  readonly services?: readonly NetworkService[];
  /** 10.0.2.0/24 when absent; the host is its second address. */
  readonly subnet?: string;
  /** Nothing gets out of the machine but through the forwards. */
  readonly isolated?: boolean;
  readonly mac?: string;
  readonly bootIndex?: number;
}

/**
 * A further network card, whose wire ends at a UDP port on the host's loopback: at a switch between machines. Each
 * Ethernet frame is a datagram.
 */
export interface Wire {
  readonly mac: string;
  /** Where QEMU receives. */
  readonly localPort: number;
  /** Where QEMU sends to. */
  readonly remotePort: number;
}

/**
 * A network card whose cable is a tap device of the host: the machine is on whatever network that is part of. Its firmware is
 * the machine's own, as on a board: QEMU's, which is iPXE, is left out.
 */
export interface Tap {
  /** The device; it exists, and whoever runs QEMU may use it. */
  readonly interface: string;
  readonly mac: string;
  readonly bootIndex?: number;
}

/** UEFI firmware (OVMF) as QEMU's pflash: the code shared and read-only, the variables this machine's own. */
export interface Firmware {
  /** Path inside the tools tree. */
  readonly code: string;
  /** Writable copy of the matching variables file. */
  readonly variables: string;
  /** Secure Boot builds of OVMF need SMM. */
  readonly secureBoot?: boolean;
}

/** A kernel started directly by QEMU, without firmware or boot loader. */
export interface DirectKernel {
  readonly path: string;
  readonly initrd?: string;
  readonly commandLine: string;
}

/** A text given in place, or the file that holds it. */
export type Content = { readonly value: string } | { readonly path: string };

/** Fields of SMBIOS type 1 (System Information), as `-smbios type=1` calls them. */
export type SystemIdentity = Readonly<
  Partial<Record<'manufacturer' | 'product' | 'version' | 'serial' | 'uuid' | 'sku' | 'family', string>>
>;

export interface MachineSpec {
  readonly accelerator: Accelerator;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Absent: QEMU's built-in BIOS, which is enough for a {@link DirectKernel}. */
  readonly firmware?: Firmware;
  readonly kernel?: DirectKernel;
  readonly disks?: readonly Disk[];
  readonly network?: Network;
  /** A second card, beside the one that `network` makes. */
  readonly wire?: Wire;
  readonly tap?: Tap;
  /** SMBIOS type 11 strings: see credentials.ts. */
  readonly oemStrings?: readonly Content[];
  readonly system?: SystemIdentity;
  /** Files of QEMU's fw_cfg device, with names such as `opt/org.example/config`. */
  readonly fwCfg?: readonly (Content & { readonly name: string })[];
  /** An Intel 6300ESB watchdog, which resets the machine. */
  readonly watchdog?: boolean;
  /** A BMC with its watchdog and sensors, reached by IPMI (KCS), as servers have one. */
  readonly bmc?: boolean;
  /** QEMU ends when the guest reboots. */
  readonly endOnReboot?: boolean;
  /** Serial ports besides the console (ttyS0): 1 adds ttyS1. PCs have at most four in all. */
  readonly extraSerialPorts?: number;
}

/** Where a character device of QEMU leads. */
export type Channel =
  /** An inherited file descriptor that is a connected socket. */
  | { readonly kind: 'descriptor'; readonly descriptor: number }
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdio' };
