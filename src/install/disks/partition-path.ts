/** A partition's device: `/dev/sda3`, `/dev/nvme0n1p3`. Pure. */
export function partitionPath(disk: string, number: number): string {
  return /\d$/.test(disk) ? `${disk}p${number}` : `${disk}${number}`;
}
