/** etcd's settings on this machine, as its service gets them: https://etcd.io/docs/v3.5/op-guide/configuration/. */
import type { Host } from '../host.ts';
import { environmentOfUnit } from './environment.ts';

/** Files for TLS; all undefined where a connection is not encrypted. */
export interface TlsFiles {
  readonly trustedCa: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

export interface EtcdSettings {
  readonly name: string;
  readonly dataDir: string;
  readonly walDir: string | undefined;
  /** This member's own addresses for the others. */
  readonly peerUrls: readonly string[];
  readonly listenPeerUrls: readonly string[];
  /** Where this member's clients connect, on this machine. */
  readonly localEndpoint: string;
  /** Name to peer addresses, as `initial-cluster` has them. Empty: not set. */
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterState: 'new' | 'existing';
  readonly initialClusterToken: string;
  /** A discovery service is asked by etcd itself. */
  readonly usesDiscovery: boolean;
  /** `BASALT_ETCD_JOIN`: peer addresses of members of a running cluster. */
  readonly join: readonly string[];
  readonly peerTls: TlsFiles;
  readonly clientTls: TlsFiles;
}

/** The unit whose environment has the settings. */
export const ETCD_UNIT = 'etcd.service';
const DEFAULT_PEER_URL = 'http://localhost:2380';
const DEFAULT_CLIENT_URL = 'http://localhost:2379';

/**
 * Reads the settings: from the own environment when etcd's unit runs the agent, else from the unit.
 */
export function readEtcdSettings(host: Host): EtcdSettings {
  const inside = host.environment('ETCD_DATA_DIR') !== undefined;
  const unit = inside ? undefined : environmentOfUnit(host, ETCD_UNIT);
  const value = (name: string): string | undefined => {
    const found = unit === undefined ? host.environment(name) : unit.get(name);
    return found === '' ? undefined : found;
  };
  const tls = (prefix: string): TlsFiles => ({
    trustedCa: value(`${prefix}TRUSTED_CA_FILE`),
    certificate: value(`${prefix}CERT_FILE`),
    key: value(`${prefix}KEY_FILE`),
  });
  return {
    name: value('ETCD_NAME') ?? 'default',
    dataDir: value('ETCD_DATA_DIR') ?? '/var/lib/etcd/default',
    walDir: value('ETCD_WAL_DIR'),
    peerUrls: list(value('ETCD_INITIAL_ADVERTISE_PEER_URLS') ?? DEFAULT_PEER_URL),
    listenPeerUrls: list(value('ETCD_LISTEN_PEER_URLS') ?? DEFAULT_PEER_URL),
    localEndpoint: localEndpoint(list(value('ETCD_LISTEN_CLIENT_URLS') ?? DEFAULT_CLIENT_URL)),
    initialCluster: parseInitialCluster(value('ETCD_INITIAL_CLUSTER') ?? ''),
    initialClusterState: value('ETCD_INITIAL_CLUSTER_STATE') === 'existing' ? 'existing' : 'new',
    initialClusterToken: value('ETCD_INITIAL_CLUSTER_TOKEN') ?? 'etcd-cluster',
    usesDiscovery: value('ETCD_DISCOVERY') !== undefined || value('ETCD_DISCOVERY_SRV') !== undefined,
    join: list(value('BASALT_ETCD_JOIN') ?? ''),
    peerTls: tls('ETCD_PEER_'),
    clientTls: tls('ETCD_'),
  };
}

/** Reads `a=http://10.0.0.1:2380,b=http://10.0.0.2:2380`; a name with several addresses comes several times. */
export function parseInitialCluster(text: string): ReadonlyMap<string, readonly string[]> {
  const cluster = new Map<string, string[]>();
  for (const entry of list(text)) {
    const at = entry.indexOf('=');
    const name = at < 0 ? '' : entry.slice(0, at);
    cluster.set(name, [...(cluster.get(name) ?? []), entry.slice(at + 1)]);
  }
  return cluster;
}

/** The peer addresses to ask: all that are known but the own. */
export function otherPeers(settings: EtcdSettings): string[] {
  const all = [...settings.join, ...[...settings.initialCluster.values()].flat()];
  return [...new Set(all)].filter((url) => !settings.peerUrls.includes(url));
}

/** Where a restore makes the new data, beside the data folder, until it takes its place. */
export function restoringFolder({ dataDir }: Pick<EtcdSettings, 'dataDir'>): string {
  return `${dataDir}.restoring`;
}

/** The host part of an address such as `https://[fd00::1]:2380`, brackets removed. */
export function hostOf(url: string): string {
  const authority = /^[a-z]+:\/\/([^/]*)/i.exec(url)?.[1] ?? '';
  return authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Loopback first; an address for all interfaces is reached on the loopback. */
function localEndpoint(urls: readonly string[]): string {
  const everywhere = urls.map((url) => url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, '//127.0.0.1'));
  return (
    everywhere.find((url) => /^(127\.|localhost$|::1$)/.test(hostOf(url))) ??
    everywhere[0] ??
    DEFAULT_CLIENT_URL
  );
}
