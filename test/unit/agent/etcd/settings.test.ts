import { expect, test } from 'vitest';
import { parseEnvironmentFile, renderEnvironmentFile } from '../../../../src/agent/etcd/environment.ts';
import { initialClusterOf, parseMemberList, parsePeerMembers } from '../../../../src/agent/etcd/member.ts';
import {
  hostOf,
  otherPeers,
  parseInitialCluster,
  readEtcdSettings,
} from '../../../../src/agent/etcd/settings.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const SHOWN = `Environment=DAEMON_ARGS= ETCD_NAME=node1 ETCD_DATA_DIR=/var/lib/etcd/default "ETCD_X=a b" ETCD_LISTEN_CLIENT_URLS=http://10.0.0.1:2379,http://127.0.0.1:2379
EnvironmentFiles=/etc/default/etcd (ignore_errors=yes)
EnvironmentFiles=/run/none.env (ignore_errors=yes)
`;

test("outside of etcd's unit the settings are those of the unit, and files win", () => {
  const host = new FakeHost({
    programs: { systemctl: () => ({ stdout: SHOWN }) },
    files: { '/etc/default/etcd': '# comment\nETCD_NAME="other"\nETCD_INITIAL_CLUSTER_STATE=existing\n' },
  });
  const settings = readEtcdSettings(host);
  expect(settings).toMatchObject({
    name: 'other',
    dataDir: '/var/lib/etcd/default',
    initialClusterState: 'existing',
    localEndpoint: 'http://127.0.0.1:2379',
  });
});

test('inside of it they are the environment', () => {
  const host = new FakeHost({
    environment: {
      ETCD_DATA_DIR: '/data',
      ETCD_NAME: 'b',
      ETCD_INITIAL_CLUSTER: 'a=https://10.0.0.1:2380,b=https://10.0.0.2:2380',
      ETCD_INITIAL_ADVERTISE_PEER_URLS: 'https://10.0.0.2:2380',
      ETCD_LISTEN_CLIENT_URLS: 'https://0.0.0.0:2379',
      ETCD_PEER_CERT_FILE: '/tls/peer.crt',
      BASALT_ETCD_JOIN: 'https://10.0.0.3:2380',
    },
  });
  const settings = readEtcdSettings(host);
  expect(otherPeers(settings)).toEqual(['https://10.0.0.3:2380', 'https://10.0.0.1:2380']);
  expect(settings.localEndpoint).toBe('https://127.0.0.1:2379');
  expect(settings.peerTls.certificate).toBe('/tls/peer.crt');
  expect(host.commands).toEqual([]);
});

test('environment files are read as systemd reads them', () => {
  const text = `
# comment
; comment
A=1
B = two
C="a \\"quoted\\" \\$value"
D='single $x'
E=split \\
 line
nonsense
`;
  expect(Object.fromEntries(parseEnvironmentFile(text))).toEqual({
    A: '1',
    B: 'two',
    C: 'a "quoted" $value',
    D: 'single $x',
    E: 'split line',
  });
});

test('what is written is read back', () => {
  const values = {
    A: 'plain',
    B: 'a "quote" and a \\ and $x `y`',
    C: 'n1=http://[fd00::1]:2380,n2=http://b:2380',
  };
  expect(Object.fromEntries(parseEnvironmentFile(renderEnvironmentFile(values)))).toEqual(values);
});

test('initial-cluster, with a member of two addresses', () => {
  expect([...parseInitialCluster('a=http://x:1,b=http://y:1,a=http://z:1')]).toEqual([
    ['a', ['http://x:1', 'http://z:1']],
    ['b', ['http://y:1']],
  ]);
});

test.each([
  ['https://10.0.0.1:2380', '10.0.0.1'],
  ['https://[fd00::1]:2380', 'fd00::1'],
  ['http://localhost:2379', 'localhost'],
])('the host of %s is %s', (url, host) => {
  expect(hostOf(url)).toBe(host);
});

test("etcdctl's list of members", () => {
  const text = `4197f2f0da90b098, unstarted, , http://127.0.0.1:32380, , true
819450a5536d704f, started, b, http://127.0.0.1:22380,http://b:2380, http://127.0.0.1:22379, false
`;
  const members = parseMemberList(text);
  expect(members).toEqual([
    { id: '4197f2f0da90b098', name: '', peerUrls: ['http://127.0.0.1:32380'], clientUrls: [], learner: true },
    {
      id: '819450a5536d704f',
      name: 'b',
      peerUrls: ['http://127.0.0.1:22380', 'http://b:2380'],
      clientUrls: ['http://127.0.0.1:22379'],
      learner: false,
    },
  ]);
  expect(initialClusterOf(members, { name: 'c', peerUrls: ['http://127.0.0.1:32380'] })).toBe(
    'c=http://127.0.0.1:32380,b=http://127.0.0.1:22380,b=http://b:2380',
  );
});

test("a peer's list of members", () => {
  const json =
    '[{"id":4726513450221613208,"peerURLs":["http://a:1"],"isLearner":true},{"id":1,"peerURLs":["http://b:1"],"name":"b","clientURLs":["http://b:2"]}]';
  expect(parsePeerMembers(json)).toEqual([
    { id: undefined, name: '', peerUrls: ['http://a:1'], clientUrls: [], learner: true },
    { id: undefined, name: 'b', peerUrls: ['http://b:1'], clientUrls: ['http://b:2'], learner: false },
  ]);
  expect(() => parsePeerMembers('{}')).toThrow(SyntaxError);
  expect(() => parsePeerMembers('<html>')).toThrow(SyntaxError);
});
