import { describe, expect, it } from 'vitest';
import { configOf, problemsOf, warningsOf } from './reading.ts';

describe('coreos.etcd2', () => {
  it('becomes environment', () => {
    const body = (key: string) => `coreos:
  ${key}:
    name: node1
    data-dir: /var/lib/etcd/a
    listen_client_urls: http://0.0.0.0:2379,http://[::1]:2379
    listen-peer-urls: http://$private_ipv4:2380
    initial-advertise-peer-urls: http://node1.example.com:2380
    initial-cluster: node1=http://10.0.0.1:2380,node2=http://10.0.0.2:2380
    initial-cluster-state: new
    heartbeat-interval: 100
    election-timeout: 1000
    strict-reconfig-check: true
    auto-compaction-retention: 8h
`;
    const { etcd } = configOf(body('etcd2'), { private_ipv4: '10.0.0.1' });
    expect(etcd).toEqual({
      ETCD_NAME: 'node1',
      ETCD_DATA_DIR: '/var/lib/etcd/a',
      ETCD_LISTEN_CLIENT_URLS: 'http://0.0.0.0:2379,http://[::1]:2379',
      ETCD_LISTEN_PEER_URLS: 'http://10.0.0.1:2380',
      ETCD_INITIAL_ADVERTISE_PEER_URLS: 'http://node1.example.com:2380',
      ETCD_INITIAL_CLUSTER: 'node1=http://10.0.0.1:2380,node2=http://10.0.0.2:2380',
      ETCD_INITIAL_CLUSTER_STATE: 'new',
      ETCD_HEARTBEAT_INTERVAL: '100',
      ETCD_ELECTION_TIMEOUT: '1000',
      ETCD_STRICT_RECONFIG_CHECK: 'true',
      ETCD_AUTO_COMPACTION_RETENTION: '8h',
    });
    expect(configOf(body('etcd'), { private_ipv4: '10.0.0.1' }).etcd).toEqual(etcd);
    expect(configOf('hostname: a\n').etcd).toBeUndefined();
    expect(configOf('coreos: {etcd2: {}}\n').etcd).toEqual({});
  });

  it.each([
    [
      'addr: $public_ipv4:4001',
      '"addr" in coreos.etcd2 is not supported | a setting of etcd 0.4: write advertise-client-urls',
    ],
    ['peer-addr: $private_ipv4:7001', 'write initial-advertise-peer-urls'],
    ['peer_addr: $private_ipv4:7001', 'write initial-advertise-peer-urls'],
    ['bind-addr: a', 'write listen-client-urls'],
    ['peers: a', 'write initial-cluster'],
    ['ca-file: /a', 'write trusted-ca-file'],
    ['cluster-active-size: 3', 'etcd 3.5 has no such setting'],
    ['debug: true', 'write log-level: debug'],
    ['log-package-levels: a', 'write log-level'],
    ['proxy: on', 'v2 proxy'],
    ['verbose: true', 'write log-level: debug'],
    ['listen-clients-urls: a', 'did you mean "listen-client-urls"?'],
    ['listen-client-urls: 0.0.0.0:2379', 'where "0.0.0.0:2379" has no http:// or https://'],
    ['listen-client-urls: http://0.0.0.0', 'where "http://0.0.0.0" '],
    ['listen-client-urls: http://0.0.0.0:2379/', 'nothing behind it'],
    ['listen-peer-urls: http://node1:2380', 'where "node1" is a name'],
    ['advertise-client-urls: http://node1', 'has no port'],
    ['advertise-client-urls: ftp://node1:1', 'is not an address'],
    ['advertise-client-urls: "http://a:1, http://b:1"', 'where " http://b:1"'],
    ['initial-cluster: http://10.0.0.1:2380', 'is not NAME=ADDRESS'],
    ['initial-cluster: a=10.0.0.1:2380', 'has no http://'],
    ['initial-cluster-state: old', 'not one of the choices'],
    ['heartbeat-interval: fast', 'not a whole number'],
    ['pre-vote: maybe', 'not one of the choices'],
    ['cert-file: cert.pem', 'not an absolute path'],
    [
      '{name: a, initial-cluster: "b=http://10.0.0.1:2380"}',
      'initial-cluster does not have this member, whose name is "a" | it has: b',
    ],
    ['{initial-cluster: "b=http://10.0.0.1:2380", discovery: "http://d/x"}', 'does not start with both'],
    ['{cert-file: /a}', 'a certificate and its key belong together | write key-file too'],
    ['{peer-key-file: /a}', 'write peer-cert-file too'],
    [
      '{listen-client-urls: "https://0.0.0.0:2379"}',
      'listen-client-urls has https, and there is no certificate',
    ],
    ['{election-timeout: 400}', 'election-timeout is 400, less than five heartbeats of 100 ms'],
    [
      '{heartbeat-interval: 300}',
      'election-timeout is 1000 when left out, less than five heartbeats of 300 ms, and etcd does not start with it | write election-timeout: 1500 or more',
    ],
    ['{heartbeat-interval: 300, election-timeout: 1499}', 'write election-timeout: 1500 or more'],
    ['name: [a]', 'is a list, not text'],
  ])('refuses %s', (line, problem) => {
    const problems = problemsOf(`coreos:\n  etcd2:\n    ${line}\n`);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).toMatch(/^4:\d+ /);
  });

  it('takes https with a certificate, and one that etcd makes', () => {
    const tls = 'listen-client-urls: "https://0.0.0.0:2379"';
    expect(problemsOf(`coreos: {etcd2: {${tls}, cert-file: /etc/c, key-file: /etc/k}}\n`)).toEqual([]);
    expect(problemsOf(`coreos: {etcd2: {${tls}, auto-tls: true}}\n`)).toEqual([]);
    expect(problemsOf(`coreos: {etcd2: {${tls}, auto-tls: false}}\n`)).toHaveLength(1);
  });

  it('refuses etcd beside etcd2', () => {
    expect(problemsOf('coreos:\n  etcd2: {name: a}\n  etcd: {name: a}\n')).toEqual([
      '4:3 etcd and etcd2 are both there, and there is one etcd | join them in etcd2',
    ]);
  });

  it('warns of the public discovery service', () => {
    expect(warningsOf('coreos: {etcd2: {discovery: "https://discovery.etcd.io/abc"}}\n')).toEqual([
      expect.stringContaining('not maintained any more'),
    ]);
  });
});
