/**
 * Partition type GUIDs, from the UAPI Group's Discoverable Partitions Specification
 * (https://uapi-group.org/specifications/specs/discoverable_partitions_specification/). The names are
 * those of `Type=` in repart.d(5).
 */

/** A partition type: its name in repart.d(5), its GUID, and what it holds. */
export interface PartitionType {
  readonly name: string;
  /** Lower case. */
  readonly guid: string;
  readonly purpose: string;
}

/** The types Basalt writes or meets on disks it installs to. */
export const partitionTypes = {
  /** Also UEFI 2.10, table 5.7: EFI System Partition. */
  esp: {
    name: 'esp',
    guid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
    purpose: 'EFI system partition',
  },
  xbootldr: {
    name: 'xbootldr',
    guid: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
    purpose: 'extended boot loader partition',
  },
  rootX8664: {
    name: 'root-x86-64',
    guid: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
    purpose: 'root file system, x86-64',
  },
  rootX8664Verity: {
    name: 'root-x86-64-verity',
    guid: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5',
    purpose: 'verity hashes of the root, x86-64',
  },
  rootX8664VeritySignature: {
    name: 'root-x86-64-verity-sig',
    guid: '41092b05-9fc8-4523-994f-2def0408b176',
    purpose: 'signature of the root hash, x86-64',
  },
  rootArm64: {
    name: 'root-arm64',
    guid: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
    purpose: 'root file system, arm64',
  },
  rootArm64Verity: {
    name: 'root-arm64-verity',
    guid: 'df3300ce-d69f-4c92-978c-9bfb0f38d820',
    purpose: 'verity hashes of the root, arm64',
  },
  rootArm64VeritySignature: {
    name: 'root-arm64-verity-sig',
    guid: '6db69de6-29f4-4758-a7a5-962190f00ce3',
    purpose: 'signature of the root hash, arm64',
  },
  var: {
    name: 'var',
    guid: '4d21b016-b534-45c2-a9fb-5c16e091fd2d',
    purpose: '/var: what the machine keeps',
  },
  home: {
    name: 'home',
    guid: '933ac7e1-2eb4-4f13-b844-0e14e2aef915',
    purpose: '/home',
  },
  srv: {
    name: 'srv',
    guid: '3b8f8425-20e0-4f3b-907f-1a25a76f98e8',
    purpose: '/srv',
  },
  swap: {
    name: 'swap',
    guid: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
    purpose: 'swap space',
  },
  linuxGeneric: {
    name: 'linux-generic',
    guid: '0fc63daf-8483-4772-8e79-3d69d8477de4',
    purpose: 'any Linux file system',
  },
} as const satisfies Record<string, PartitionType>;

/**
 * The type with this GUID, in upper or lower case.
 * @returns Undefined for types Basalt does not know.
 */
export function partitionTypeOf(guid: string): PartitionType | undefined {
  return Object.values(partitionTypes).find((type) => type.guid === guid.toLowerCase());
}
