/** How far a large file is, for the journal. */
import { formatSize, MIB } from '../../../units.ts';
import type { Host } from '../../host.ts';

/** Gets the bytes that are there, and all that there will be. */
export type OnProgress = (doneBytes: number, totalBytes: number) => void;

/** Smaller files are there before anybody asks. */
const WORTH_TELLING_BYTES = 16 * MIB;

/** A line for each tenth, as far as the parts of a download are fine enough. */
export function tenths(host: Host, what: string): OnProgress {
  let told = 0;
  return (doneBytes, totalBytes) => {
    const tenth = Math.floor((10 * doneBytes) / Math.max(totalBytes, 1));
    if (totalBytes < WORTH_TELLING_BYTES || tenth <= told) return;
    told = tenth;
    host.log('info', `update: ${what}: ${10 * tenth} % of ${formatSize(totalBytes)}`);
  };
}
