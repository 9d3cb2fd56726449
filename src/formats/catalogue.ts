/**
 * The disk formats: one table, from which recipes know their names, plans their stages, and builds their files. Each is
 * made of the one raw disk, or of a format that was made of it.
 */

/** Names of the formats, as a recipe's `formats` and `--format` take them. */
export const diskFormats = [
  'raw',
  'raw.zst',
  'qcow2',
  'vmdk',
  'ova',
  'vhd',
  'vhdx',
  'gce',
  'vagrant-libvirt',
  'vagrant-virtualbox',
] as const;

export type DiskFormat = (typeof diskFormats)[number];

/** The formats that a stage of their own makes; the raw disk is made by the stage `disk`. */
export type ConvertedFormat = Exclude<DiskFormat, 'raw'>;

/** How a format is made and named. */
export interface FormatEntry {
  /** For people: the stage's title. */
  readonly title: string;
  /** Of the file in the output folder: `IMAGE_VERSION.EXTENSION`. */
  readonly extension: string;
  /** What it is made of. Undefined for the raw disk itself. */
  readonly from: DiskFormat | undefined;
}

export const formatCatalogue: Readonly<Record<DiskFormat, FormatEntry>> = {
  raw: { title: 'Disk image', extension: 'raw', from: undefined },
  'raw.zst': { title: 'Compressed disk', extension: 'raw.zst', from: 'raw' },
  qcow2: { title: 'QCOW2', extension: 'qcow2', from: 'raw' },
  vmdk: { title: 'VMDK', extension: 'vmdk', from: 'raw' },
  ova: { title: 'OVA', extension: 'ova', from: 'vmdk' },
  vhd: { title: 'VHD', extension: 'vhd', from: 'raw' },
  vhdx: { title: 'VHDX', extension: 'vhdx', from: 'raw' },
  gce: { title: 'GCE image', extension: 'gce.tar.gz', from: 'raw' },
  'vagrant-libvirt': { title: 'Vagrant box (libvirt)', extension: 'libvirt.box', from: 'qcow2' },
  'vagrant-virtualbox': { title: 'Vagrant box (VirtualBox)', extension: 'virtualbox.box', from: 'vmdk' },
};

/** Id of the stage that makes a format; its object has the format's name. */
export function stageOfFormat(format: DiskFormat): string {
  return format === 'raw' ? 'disk' : format;
}

/** The wanted formats with those that they are made of, in the catalogue's order: each comes after what it is made of. */
export function withSources(wanted: readonly DiskFormat[]): DiskFormat[] {
  const needed = new Set<DiskFormat>();
  for (const format of wanted) {
    for (let at: DiskFormat | undefined = format; at !== undefined; at = formatCatalogue[at].from)
      needed.add(at);
  }
  return diskFormats.filter((format) => needed.has(format));
}
