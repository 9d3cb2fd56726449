/** `basalt-agent etcd snapshot`: saves etcd's data to a file, verifies it, and keeps the newest few. */
import type { Host } from '../host.ts';
import { etcdctl, lastLine } from './etcdctl.ts';
import { isLearner } from './local-status.ts';
import type { EtcdSettings } from './settings.ts';

const SNAPSHOT_FOLDER = '/var/lib/basalt/etcd-snapshots';
const PARTIAL = `${SNAPSHOT_FOLDER}/partial`;
const TIMEOUT_MS = 10 * 60_000;
/** Of /var: a database of gigabytes must not fill it with its own past. */
const MOST_SHARE = 0.25;
const LEAST_KEPT = 2;
/** `etcd-20261122T093007Z-r1234.db`, the revision last. */
const NAME = /^etcd-\d{8}T\d{6}Z-r\d+\.db$/;

/** Facts of a snapshot that was found whole. */
export interface SnapshotFacts {
  readonly revision: number;
  readonly keys: number;
  readonly sizeBytes: number;
  /** SHA-256 of the data, which is also its last 32 bytes. */
  readonly sha256: string;
}

export type SnapshotResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string };

/** @param keep How many snapshots to keep, this one included. */
export function saveSnapshot(host: Host, settings: EtcdSettings, keep: number): SnapshotResult {
  if (isLearner(host, settings))
    return { ok: true, text: 'this member is a learner, which gives no snapshots' };
  host.makeFolder(SNAPSHOT_FOLDER);
  host.run(['chmod', '0700', SNAPSHOT_FOLDER]);
  for (const leftover of [PARTIAL, `${PARTIAL}.part`]) host.remove(leftover);
  const saved = etcdctl(host, settings, [settings.localEndpoint], ['snapshot', 'save', PARTIAL], {
    timeoutMs: TIMEOUT_MS,
  });
  if (saved.exitCode !== 0) {
    for (const leftover of [PARTIAL, `${PARTIAL}.part`]) host.remove(leftover);
    return { ok: false, text: `cannot save a snapshot: ${lastLine(saved.stderr)}` };
  }
  const facts = inspectSnapshot(host, PARTIAL);
  if (typeof facts === 'string') {
    host.remove(PARTIAL);
    return { ok: false, text: `the snapshot is not whole: ${facts}` };
  }
  const name = `etcd-${timestamp(host.nowMs())}-r${facts.revision}.db`;
  const moved = host.run(['mv', '--no-target-directory', PARTIAL, `${SNAPSHOT_FOLDER}/${name}`]);
  if (moved.exitCode !== 0) return { ok: false, text: `cannot keep the snapshot: ${lastLine(moved.stderr)}` };
  host.run(['sync', `${SNAPSHOT_FOLDER}/${name}`, SNAPSHOT_FOLDER]);
  prune(host, keep);
  return { ok: true, text: `${SNAPSHOT_FOLDER}/${name}: ${facts.keys} keys, ${facts.sizeBytes} bytes` };
}

/** Looks whether a snapshot is whole. @returns Its facts, or what is wrong with it. */
export function inspectSnapshot(host: Host, path: string): SnapshotFacts | string {
  const status = host.run(['etcdutl', 'snapshot', 'status', path, '--write-out=json'], {
    timeoutMs: TIMEOUT_MS,
  });
  if (status.exitCode !== 0) return lastLine(status.stderr) || 'etcdutl cannot read it';
  let facts: { revision?: unknown; totalKey?: unknown; totalSize?: unknown };
  try {
    facts = JSON.parse(status.stdout);
  } catch {
    return `etcdutl says ${JSON.stringify(status.stdout.trim())}`;
  }
  const { revision, totalKey, totalSize } = facts;
  if (typeof revision !== 'number' || typeof totalKey !== 'number' || typeof totalSize !== 'number')
    return `etcdutl says ${JSON.stringify(status.stdout.trim())}`;
  if (totalSize === 0) return 'it is empty';
  // `snapshot save` ends the file with the SHA-256 of the rest; etcdutl compares them only when it restores.
  const script =
    'head --bytes=-32 "$1" | sha256sum | cut -c1-64; tail --bytes=32 "$1" | od -An -v -tx1 | tr -d " \\n"';
  const sums = host.run(['sh', '-c', script, 'sh', path], { timeoutMs: TIMEOUT_MS });
  const [computed = '', written = ''] = sums.stdout.trim().split('\n');
  if (sums.exitCode !== 0 || computed.length !== 64)
    return lastLine(sums.stderr) || 'its checksum cannot be computed';
  if (computed !== written)
    return 'its checksum does not match: it is cut off, changed, or no file of snapshot save';
  return { revision, keys: totalKey, sizeBytes: totalSize, sha256: computed };
}

/** Keeps the newest, as many as are asked for, and no more than their share of /var; always the newest two. */
function prune(host: Host, keep: number): void {
  const names = host.list(SNAPSHOT_FOLDER).filter((name) => NAME.test(name));
  const most = fileSystemBytes(host) * MOST_SHARE;
  let bytes = 0;
  // The names sort by time.
  for (const [index, name] of names.sort().reverse().entries()) {
    const path = `${SNAPSHOT_FOLDER}/${name}`;
    bytes += Number(host.run(['stat', '-c', '%s', '--', path]).stdout.trim()) || 0;
    if (index >= keep || (index >= LEAST_KEPT && bytes > most)) host.remove(path);
  }
}

function fileSystemBytes(host: Host): number {
  const { stdout } = host.run(['stat', '-f', '-c', '%b %S', '--', SNAPSHOT_FOLDER]);
  const [blocks, size] = stdout.trim().split(' ').map(Number);
  return blocks && size ? blocks * size : Number.POSITIVE_INFINITY;
}

function timestamp(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
}
