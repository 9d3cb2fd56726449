/** What belongs into a Vagrant box besides the disk. */
import { GIB, MIB } from '../units.ts';
import { machineShape } from './ovf.ts';

/** Of the first network card: Vagrant's VirtualBox provider asks for one that all machines of a box begin with. */
const BASE_MAC = '080027BA5A17';

export interface BoxOptions {
  readonly image: string;
  readonly version: string;
  /** Size of the machine's disk, in whole GiB. */
  readonly machineBytes: number;
}

/** Values for the templates of the Vagrantfiles in `templates/vagrant`. */
export function boxValues({ image, version, machineBytes }: BoxOptions): Record<string, string | number> {
  return {
    image,
    version,
    mac: BASE_MAC,
    cpus: machineShape.cpus,
    memoryMib: machineShape.memoryBytes / MIB,
    diskGib: machineBytes / GIB,
  };
}

/**
 * metadata.json of a box for libvirt.
 * @param diskBytes Size of the disk in the box; the provider counts whole GB and takes no smaller one.
 * @see https://vagrant-libvirt.github.io/vagrant-libvirt/boxes.html
 */
export function libvirtMetadata(diskBytes: number): string {
  return `${JSON.stringify({ provider: 'libvirt', format: 'qcow2', virtual_size: Math.ceil(diskBytes / GIB) })}\n`;
}

/** metadata.json of a box for VirtualBox. */
export function virtualboxMetadata(): string {
  return `${JSON.stringify({ provider: 'virtualbox' })}\n`;
}
