/**
 * `basalt-agent etcd restore FILE`: puts a snapshot in the place of this member's data. On a cluster it is run on every
 * member, with the same file, while etcd is stopped on all of them: together they are a new cluster with the old data
 * (https://etcd.io/docs/v3.5/op-guide/recovery/). The data that was there is kept beside it.
 */
import type { Host } from '../host.ts';
import { askPeer, lastLine } from './etcdctl.ts';
import {
  ETCD_UNIT,
  type EtcdSettings,
  otherPeers,
  parseInitialCluster,
  restoringFolder,
} from './settings.ts';
import { inspectSnapshot } from './snapshot.ts';

export interface RestoreOptions {
  readonly snapshot: string;
  /** `initial-cluster` of the new cluster, when the configuration has none that fits. */
  readonly initialCluster?: string | undefined;
}

export type RestoreResult =
  | { readonly ok: true; readonly lines: readonly string[] }
  | { readonly ok: false; readonly text: string };

const TIMEOUT_MS = 20 * 60_000;
/**
 * Revisions start so much higher: clients that saw revisions after the snapshot must not take old data for new. The
 * documentation of etcd says how: "Restoring with revision bump".
 */
const REVISION_BUMP = 1_000_000_000;

/** Restores, or says why it must not. Nothing has changed when it refuses. */
export function restore(host: Host, settings: EtcdSettings, options: RestoreOptions): RestoreResult {
  const refuse = (text: string): RestoreResult => ({ ok: false, text });
  const given =
    options.initialCluster === undefined ? undefined : parseInitialCluster(options.initialCluster);
  const cluster = given ?? clusterOf(settings);
  const own = cluster.get(settings.name);
  if (own === undefined) {
    return refuse(
      `initial-cluster names ${[...cluster.keys()].join(', ') || 'nobody'}, and this member is ${settings.name}: name all members of the restored cluster with --initial-cluster=NAME=PEER-URL,…, the same on each`,
    );
  }
  if (settings.walDir !== undefined)
    return refuse(`wal-dir is set to ${settings.walDir}: restore by hand with etcdutl snapshot restore`);
  const state = host.run(['systemctl', 'is-active', ETCD_UNIT]).stdout.trim();
  if (['active', 'activating', 'reloading', 'deactivating'].includes(state))
    return refuse(
      `etcd is ${state} on this machine: stop it on every member first, with systemctl stop etcd`,
    );
  const peers =
    given === undefined
      ? otherPeers(settings)
      : [...given.values()].flat().filter((url) => !own.includes(url));
  const running = peers
    .map((url) => askPeer(host, settings, url))
    .find(({ kind }) => kind === 'members' || kind === 'strange');
  if (running !== undefined) {
    return refuse(
      `etcd runs at ${running.url}: two clusters would claim the same data. Stop it on every member, restore on every member, then start them`,
    );
  }
  const facts = inspectSnapshot(host, options.snapshot);
  if (typeof facts === 'string') return refuse(`${options.snapshot} is no whole snapshot: ${facts}`);

  const fresh = restoringFolder(settings);
  host.run(['rm', '-rf', fresh]);
  const members = [...cluster].flatMap(([name, urls]) => urls.map((url) => `${name}=${url}`)).join(',');
  const restored = host.run(
    [
      ...(['etcdutl', 'snapshot', 'restore', options.snapshot] as const),
      `--data-dir=${fresh}`,
      `--name=${settings.name}`,
      `--initial-cluster=${members}`,
      `--initial-advertise-peer-urls=${own.join(',')}`,
      // Another cluster than before: a member that was forgotten cannot talk to it.
      `--initial-cluster-token=${settings.initialClusterToken}-${facts.sha256.slice(0, 12)}`,
      `--bump-revision=${REVISION_BUMP}`,
      '--mark-compacted',
    ],
    { timeoutMs: TIMEOUT_MS },
  );
  if (restored.exitCode !== 0) {
    host.run(['rm', '-rf', fresh]);
    return refuse(`etcdutl cannot restore: ${lastLine(restored.stderr)}`);
  }
  return putInPlace(host, settings, fresh, cluster.size, facts.revision);
}

function putInPlace(
  host: Host,
  settings: EtcdSettings,
  fresh: string,
  memberCount: number,
  revision: number,
): RestoreResult {
  const old = `${settings.dataDir}.before-${new Date(host.nowMs()).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const steps: (readonly [string, ...string[]])[] = [
    ['chown', '--recursive', ownerArgument(host, settings), fresh],
    ['chmod', '0700', fresh],
    ['sync', '--file-system', fresh],
    // When the power is cut between the two moves, only `fresh` is there: `join` then starts nothing.
    ...(host.kind(settings.dataDir) === undefined
      ? []
      : [['mv', '--no-target-directory', settings.dataDir, old] as const]),
    ['mv', '--no-target-directory', fresh, settings.dataDir],
    ['sync', '--file-system', settings.dataDir],
  ];
  for (const step of steps) {
    const { exitCode, stderr } = host.run(step, { timeoutMs: TIMEOUT_MS });
    if (exitCode !== 0) return { ok: false, text: `${step.join(' ')}: ${lastLine(stderr)}` };
  }
  const isKept = host.kind(old) !== undefined;
  return {
    ok: true,
    lines: [
      `${settings.name} has the data of revision ${revision}; new revisions start above ${REVISION_BUMP}`,
      ...(isKept ? [`what was there is in ${old}: remove it when the cluster is well`] : []),
      memberCount === 1
        ? 'now: systemctl start etcd'
        : `now: restore the same file on the other ${memberCount - 1} members, then on each: systemctl start etcd`,
    ],
  };
}

/** For chown(1): the owner of the data that is there, or who etcd runs as. */
function ownerArgument(host: Host, { dataDir }: EtcdSettings): string {
  if (host.kind(dataDir) !== undefined) return `--reference=${dataDir}`;
  const user = host.run(['systemctl', 'show', ETCD_UNIT, '--property=User', '--value']).stdout.trim();
  // Debian's unit has this user. Where etcd runs as root, it reads this user's files too.
  return `${user || 'etcd'}:`;
}

function clusterOf(settings: EtcdSettings): ReadonlyMap<string, readonly string[]> {
  // Without initial-cluster, etcd starts alone at its own addresses.
  if (settings.initialCluster.size === 0 && settings.join.length === 0)
    return new Map([[settings.name, settings.peerUrls]]);
  return settings.initialCluster;
}
