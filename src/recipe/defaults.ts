/** What a recipe gets for the keys it leaves out. */

/** The values, as they would be written in YAML; the JSON Schema shows the same. */
export const recipeDefaults = {
  suite: 'trixie',
  architecture: 'amd64',
  components: ['main'],
  updates: true,
  security: true,
  kernelPackage: 'linux-image-cloud-amd64',
  defaultTarget: 'multi-user.target',
  documentation: true,
  manPages: true,
  fileMode: '0644',
  directoryMode: '0755',
  owner: 'root',
  shell: '/bin/bash',
  /** The ESP holds two kernels with their initrds, and a third while an update is written. */
  partitions: { esp: '512M', root: '1G', verity: '16M', var: '1G' },
  filesystem: 'squashfs',
  algorithm: 'zstd',
  /** By algorithm; the others have no levels. */
  levels: { zstd: 3, lz4hc: 9 },
  /** By file system: the best of the sizes measured, between build time and image size. */
  blockSizes: { squashfs: '128K', erofs: '64K' },
  formats: ['raw'],
  channel: 'stable',
} as const;
