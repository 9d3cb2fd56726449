/**
 * Uploads one disk in a process of its own, whose memory can be measured: `node probe.mjs URL PATH SHA256 FOLDER`. Prints
 * what it took as JSON.
 */
import { setMaxListeners } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Clients } from '../../src/publish/aws/clients.ts';
import { Patience } from '../../src/publish/aws/patience.ts';
import { startSnapshot } from '../../src/publish/aws/snapshot.ts';
import { fillSnapshot, type UploadProgress } from '../../src/publish/aws/upload.ts';

/** What an upload took. */
export interface UploadCost {
  readonly snapshotId: string;
  readonly sentBlocks: number;
  readonly wallMs: number;
  readonly processorMs: number;
  /** The most memory that was resident. */
  readonly peakBytes: number;
  /** Uploads that ran at the same time at the end. */
  readonly window: number;
}

const REGION = 'eu-central-1';
const [url = '', path = '', sha256 = '', folder = ''] = process.argv.slice(2);
const signal = new AbortController().signal;
setMaxListeners(1000, signal);
const clients = new Clients({ endpointUrl: url });
const patience = new Patience({ signal });
const { size: sizeBytes } = await stat(path);
const disk = {
  path,
  sizeBytes,
  sha256,
  image: 'probe',
  version: '1',
  architecture: 'amd64',
  rootHash: undefined,
  folder: undefined,
};
const snapshotId = await startSnapshot({ clients, patience, pollMs: 50 }, REGION, disk);
const startedAtMs = performance.now();
const before = process.cpuUsage();
const progress: UploadProgress = await fillSnapshot({
  client: clients.ebs(REGION),
  patience,
  snapshotId,
  disk,
  journal: join(folder, 'probe.journal'),
  signal,
  isComplete: async () => false,
  onProgress: () => undefined,
});
const { user, system } = process.cpuUsage(before);
const [, peakKib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
const cost: UploadCost = {
  snapshotId,
  sentBlocks: progress.sentBlocks,
  wallMs: performance.now() - startedAtMs,
  processorMs: (user + system) / 1000,
  peakBytes: Number(peakKib) * 1024,
  window: progress.window,
};
process.stdout.write(`${JSON.stringify(cost)}\n`);
clients.close();
