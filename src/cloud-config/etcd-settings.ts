/** The settings of etcd 3.5, which Debian 13 has, and those of earlier times with what took their place. */
import { shorten } from '../yaml/value-path.ts';
import { type Fault, type Shape, type TextShape, text } from './shape.ts';

function number(description: string): TextShape {
  return text(description, {
    pattern: '^[0-9]+$',
    check: (value) =>
      /^[0-9]+$/.test(value) ? undefined : { reason: 'not a whole number', hint: description },
  });
}

function bool(description: string): TextShape {
  return text(`${description}: true or false`, { choices: ['true', 'false'], flags: true });
}

function file(description: string): TextShape {
  return text(description, {
    pattern: '^/',
    check: (value) =>
      value.startsWith('/')
        ? undefined
        : { reason: 'not an absolute path', hint: 'such as /etc/etcd/tls/peer.crt' },
  });
}

/** etcd refuses anything else: client/pkg/types, NewURLs. */
const ADDRESS = /^(https?|unixs?):\/\/(\[[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?\]|[A-Za-z0-9._-]+):[0-9]{1,5}$/;

function addressFault(address: string, listens: boolean): Fault | undefined {
  if (address.length > 300)
    return { reason: 'with an address of more than 300 characters', hint: 'separate addresses by commas' };
  const example = `such as http://${listens ? '$private_ipv4' : 'node1.example.com'}:2380`;
  if (!/^[a-z]+:\/\//.test(address))
    return { reason: `where "${shorten(address)}" has no http:// or https://`, hint: example };
  if (/^[a-z]+:\/\/[^/]*[^/\]0-9:][^/]*$/.test(address) && !/:[0-9]+$/.test(address))
    return { reason: `where "${shorten(address)}" has no port`, hint: example };
  const host = ADDRESS.exec(address)?.[2];
  if (host === undefined)
    return {
      reason: `where "${shorten(address)}" is not an address with a port and nothing behind it`,
      hint: example,
    };
  if (
    listens &&
    host !== 'localhost' &&
    !host.startsWith('[') &&
    !/^[0-9.]+$/.test(host) &&
    address.startsWith('http')
  )
    return { reason: `where "${host}" is a name: etcd listens on addresses only`, hint: example };
  return undefined;
}

function addresses(description: string, listens: boolean): TextShape {
  return text(`${description}, separated by commas`, {
    check: (value) => {
      for (const address of value.split(',')) {
        const fault = addressFault(address, listens);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  });
}

function initialClusterFault(value: string): Fault | undefined {
  for (const member of value.split(',')) {
    const equals = member.indexOf('=');
    if (equals < 1)
      return {
        reason: `where "${shorten(member)}" is not NAME=ADDRESS`,
        hint: 'such as node1=http://192.0.2.1:2380,node2=http://192.0.2.2:2380',
      };
    const fault = addressFault(member.slice(equals + 1), false);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * The keys of `coreos.etcd2`: each is a flag of etcd(1), given as ETCD_NAME and so on.
 * @see https://etcd.io/docs/v3.5/op-guide/configuration/
 */
export const etcdKeys: Readonly<Record<string, Shape>> = {
  name: text("the member's name, as in initial-cluster; the machine's name when left out"),
  'data-dir': file('where data is kept; /var/lib/etcd/default when left out'),
  'wal-dir': file('a folder of its own for the write-ahead log'),
  'snapshot-count': number('transactions between snapshots'),
  'heartbeat-interval': number('milliseconds between heartbeats'),
  'election-timeout': number('milliseconds without a leader before an election; at least five heartbeats'),
  'initial-election-tick-advance': bool('whether the first election is sped up'),
  'listen-peer-urls': addresses('where members are listened for, such as http://$private_ipv4:2380', true),
  'listen-client-urls': addresses('where clients are listened for, such as http://0.0.0.0:2379', true),
  'listen-client-http-urls': addresses('where HTTP clients are listened for, apart from gRPC', true),
  'max-snapshots': number('snapshots that are kept'),
  'max-wals': number('write-ahead logs that are kept'),
  'quota-backend-bytes': number('bytes at which the store takes no more; 0 is 2 GiB'),
  'backend-bbolt-freelist-type': text('how free pages are kept', { choices: ['array', 'map'] }),
  'backend-batch-interval': text('longest time before a commit, such as 100ms'),
  'backend-batch-limit': number('most operations before a commit'),
  'max-txn-ops': number('most operations in a transaction'),
  'max-request-bytes': number('largest request'),
  'max-concurrent-streams': number('most streams of a client at a time'),
  'enable-grpc-gateway': bool('whether JSON is served'),
  'grpc-keepalive-min-time': text('least time between pings of a client, such as 5s'),
  'grpc-keepalive-interval': text('time between pings to clients, such as 2h'),
  'grpc-keepalive-timeout': text('time to wait for the answer to a ping, such as 20s'),
  'socket-reuse-port': bool('whether the port may be shared'),
  'socket-reuse-address': bool('whether an address that is being left may be used'),
  'initial-advertise-peer-urls': addresses('where other members find this one', false),
  'initial-cluster': text('all members at the start: NAME=ADDRESS, separated by commas', {
    check: initialClusterFault,
  }),
  'initial-cluster-state': text('new for a new cluster, existing for one that runs', {
    choices: ['new', 'existing'],
  }),
  'initial-cluster-token': text('a name that keeps clusters apart'),
  'advertise-client-urls': addresses('where clients find this member', false),
  discovery: text('address of a discovery service (v2 protocol) with its token'),
  'discovery-fallback': text('what to do when discovery fails', { choices: ['exit', 'proxy'] }),
  'discovery-proxy': text('HTTP proxy for discovery'),
  'discovery-srv': text('DNS domain whose SRV records name the members'),
  'discovery-srv-name': text('suffix of the SRV records'),
  'strict-reconfig-check': bool('whether changes that would lose the quorum are refused'),
  'pre-vote': bool('whether a member asks before it calls an election'),
  'auto-compaction-mode': text('how auto-compaction-retention counts', { choices: ['periodic', 'revision'] }),
  'auto-compaction-retention': text('history that is kept, such as 8h; 0 keeps all'),
  'enable-v2': bool('whether the v2 API is served'),
  'v2-deprecation': text('stage of leaving v2', {
    choices: ['not-yet', 'write-only', 'write-only-drop-data', 'gone'],
  }),
  'cert-file': file('certificate for clients'),
  'key-file': file('its key'),
  'client-cert-auth': bool('whether clients need a certificate'),
  'client-cert-file': file('certificate for own connections, when cert-file is not fit for clients'),
  'client-key-file': file('its key'),
  'client-crl-file': file("clients' revoked certificates"),
  'client-cert-allowed-hostname': text('name that clients must have in their certificate'),
  'trusted-ca-file': file("authority of the clients' certificates"),
  'auto-tls': bool('whether a certificate for clients is made'),
  'peer-cert-file': file('certificate for members'),
  'peer-key-file': file('its key'),
  'peer-client-cert-auth': bool('whether members need a certificate'),
  'peer-client-cert-file': file('certificate for own connections to members'),
  'peer-client-key-file': file('its key'),
  'peer-trusted-ca-file': file("authority of the members' certificates"),
  'peer-cert-allowed-cn': text('common name that members must have'),
  'peer-cert-allowed-hostname': text('name that members must have in their certificate'),
  'peer-auto-tls': bool('whether a certificate for members is made'),
  'peer-crl-file': file("members' revoked certificates"),
  'self-signed-cert-validity': number('years that certificates made here are valid'),
  'cipher-suites': text('TLS cipher suites, separated by commas'),
  cors: text('origins that browsers may come from, separated by commas'),
  'host-whitelist': text('host names of HTTP requests that are taken, separated by commas'),
  'tls-min-version': text('oldest version of TLS', { choices: ['TLS1.2', 'TLS1.3'] }),
  'tls-max-version': text('newest version of TLS', { choices: ['TLS1.2', 'TLS1.3'] }),
  'auth-token': text('kind of tokens: simple, or jwt with its options'),
  'bcrypt-cost': number('cost of hashing passwords'),
  'auth-token-ttl': number('seconds that a token is valid'),
  'enable-pprof': bool('whether profiles are served'),
  metrics: text('how many metrics', { choices: ['basic', 'extensive'] }),
  'listen-metrics-urls': addresses('where metrics and health are served', true),
  logger: text('how lines of the log look', { choices: ['zap'] }),
  'log-outputs': text('where the log goes: stderr, stdout, systemd/journal, or files'),
  'log-level': text('what is logged', { choices: ['debug', 'info', 'warn', 'error', 'panic', 'fatal'] }),
  'enable-log-rotation': bool('whether log files are rotated'),
  'log-rotation-config-json': text('how'),
  'experimental-initial-corrupt-check': bool('whether data is checked before the member serves'),
  'experimental-corrupt-check-time': text('time between checks of the data'),
  'experimental-compact-hash-check-enabled': bool('whether hashes are compared at compactions'),
  'experimental-compact-hash-check-time': text('time between them'),
  'experimental-enable-lease-checkpoint': bool('whether leases are kept over elections'),
  'experimental-enable-lease-checkpoint-persist': bool('whether they are written down'),
  'experimental-compaction-batch-limit': number('keys per step of a compaction'),
  'experimental-compaction-sleep-interval': text('pause between the steps'),
  'experimental-peer-skip-client-san-verification': bool(
    "whether members' addresses in certificates are ignored",
  ),
  'experimental-watch-progress-notify-interval': text('time between notices to watchers'),
  'experimental-warning-apply-duration': text('time from which a request is logged as slow'),
  'experimental-bootstrap-defrag-threshold-megabytes': number(
    'free megabytes from which the store is defragmented at the start',
  ),
  'experimental-memory-mlock': bool('whether memory is locked'),
  'experimental-txn-mode-write-with-shared-buffer': bool('whether write transactions share a buffer'),
  'force-new-cluster': bool(
    'whether a cluster of one is made from what this member has: after a disaster only',
  ),
  'unsafe-no-fsync': bool('whether writes may be lost'),
};

const LOG_LEVEL = 'write log-level: debug';
const NO_SETTING = 'remove the key: etcd 3.5 has no such setting';
const NO_PROXY =
  'remove the key: the v2 proxy speaks an API that no client of today uses; point clients at the members, or run `etcd grpc-proxy` as a unit';

/** Keys that etcd had once. Names with underscores. */
export const etcdRefused: Readonly<Record<string, string>> = {
  addr: 'a setting of etcd 0.4: write advertise-client-urls: http://$public_ipv4:2379',
  bind_addr: 'a setting of etcd 0.4: write listen-client-urls: http://0.0.0.0:2379',
  peer_addr: 'a setting of etcd 0.4: write initial-advertise-peer-urls: http://$private_ipv4:2380',
  peer_bind_addr: 'a setting of etcd 0.4: write listen-peer-urls: http://$private_ipv4:2380',
  peers: 'a setting of etcd 0.4: write initial-cluster: NAME=http://ADDRESS:2380,...',
  peers_file: 'a setting of etcd 0.4: write initial-cluster: NAME=http://ADDRESS:2380,...',
  ca_file: 'write trusted-ca-file, and client-cert-auth: true',
  peer_ca_file: 'write peer-trusted-ca-file, and peer-client-cert-auth: true',
  peer_election_timeout: 'a setting of etcd 0.4: write election-timeout',
  peer_heartbeat_interval: 'a setting of etcd 0.4: write heartbeat-interval',
  cluster_active_size: `${NO_SETTING}; every member votes`,
  cluster_remove_delay: `${NO_SETTING}; members leave with \`etcdctl member remove\``,
  cluster_sync_interval: NO_SETTING,
  graphite_host: `${NO_SETTING}; metrics are at /metrics, in the form of Prometheus`,
  http_read_timeout: NO_SETTING,
  http_write_timeout: NO_SETTING,
  max_result_buffer: NO_SETTING,
  max_retry_attempts: NO_SETTING,
  retry_interval: NO_SETTING,
  snapshot: `${NO_SETTING}; snapshots are always made, see snapshot-count`,
  trace: `${NO_SETTING}; see enable-pprof`,
  verbose: LOG_LEVEL,
  very_verbose: LOG_LEVEL,
  very_very_verbose: LOG_LEVEL,
  debug: LOG_LEVEL,
  log_package_levels: 'write log-level',
  log_output: 'write log-outputs',
  proxy: NO_PROXY,
  proxy_dial_timeout: NO_PROXY,
  proxy_failure_wait: NO_PROXY,
  proxy_read_timeout: NO_PROXY,
  proxy_refresh_interval: NO_PROXY,
  proxy_write_timeout: NO_PROXY,
  config_file: 'write its settings here: with a file etcd ignores all others',
};
