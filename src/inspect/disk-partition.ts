/** A partition and what is in it. */
import type { Partition } from '../disk/partition.ts';
import type { Content } from './file-system.ts';

/** A partition of a disk that was read. */
export interface DiskPartition extends Partition {
  /** Name of its type in repart.d(5), or its GUID. */
  readonly type: string;
  readonly content: Content;
}
