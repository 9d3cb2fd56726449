/**
 * Partition UUIDs of a slot, derived from its root hash: the root's is the first half, the verity partition's
 * the second (Discoverable Partitions Specification, "root-verity").
 */
export function slotUuids(rootHash: string): { root: string; verity: string } {
  return { root: uuidOf(rootHash.slice(0, 32)), verity: uuidOf(rootHash.slice(32, 64)) };
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
