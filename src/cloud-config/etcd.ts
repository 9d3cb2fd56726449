/** `coreos.etcd2` and `coreos.etcd`: settings of etcd, given to it as environment. */

import { shorten } from '../yaml/value-path.ts';
import { etcdKeys, etcdRefused } from './etcd-settings.ts';
import type { Part } from './part.ts';
import type { Report } from './report.ts';
import { section } from './shape.ts';

/** The form of both. */
export const etcdShape = section('settings of etcd 3.5, by the names of its flags', etcdKeys, {
  refused: etcdRefused,
});

type Environment = Record<string, string>;

/** Reads them: ETCD_NAME and so on. Undefined when neither is there. */
export function readEtcd(coreos: Part | undefined, report: Report): Environment | undefined {
  const etcd = coreos?.get('etcd');
  const etcd2 = coreos?.get('etcd2');
  if (etcd !== undefined && etcd2 !== undefined)
    report.problem(
      etcd.keyPlace,
      'etcd and etcd2 are both there, and there is one etcd',
      'join them in etcd2',
    );
  const part = etcd2 ?? etcd;
  if (part === undefined) return undefined;
  checkStart(part, report);
  checkTls(part, report);
  checkTimes(part, report);
  return Object.fromEntries(part.entries.map(([key, value]) => [`ETCD_${key.toUpperCase()}`, value.text]));
}

/** How the cluster is found: one way only, or etcd does not start. */
function checkStart(part: Part, report: Report): void {
  const [first, second] = ['initial_cluster', 'discovery', 'discovery_srv'].flatMap(
    (key) => part.get(key) ?? [],
  );
  if (first !== undefined && second !== undefined)
    report.problem(
      second.keyPlace,
      `members are named in line ${first.keyPlace.line} already, and etcd does not start with both`,
      'keep one of initial-cluster, discovery and discovery-srv',
    );
  const discovery = part.get('discovery');
  if (discovery !== undefined && /^https?:\/\/discovery\.etcd\.io\//.test(discovery.text))
    report.warning(
      discovery.place,
      'discovery.etcd.io is not maintained any more and often does not answer',
      'write initial-cluster, or the address of a discovery service of your own',
    );
  const name = part.get('name');
  const cluster = part.get('initial_cluster');
  if (name === undefined || cluster === undefined) return;
  const names = cluster.specimen.split(',').map((member) => member.split('=')[0]);
  if (!names.includes(name.specimen))
    report.problem(
      cluster.place,
      `initial-cluster does not have this member, whose name is "${shorten(name.text)}"`,
      `it has: ${shorten(names.join(', '), 200)}`,
    );
}

const PAIRS = [
  ['cert_file', 'key_file'],
  ['peer_cert_file', 'peer_key_file'],
  ['client_cert_file', 'client_key_file'],
  ['peer_client_cert_file', 'peer_client_key_file'],
] as const;

function checkTls(part: Part, report: Report): void {
  for (const [certificate, key] of PAIRS) {
    const there = part.get(certificate) ?? part.get(key);
    const missing = part.has(certificate) ? key : certificate;
    if (there !== undefined && !part.has(missing))
      report.problem(
        there.keyPlace,
        `a certificate and its key belong together`,
        `write ${missing.replaceAll('_', '-')} too`,
      );
  }
  for (const [urls, certificate, automatic] of [
    ['listen_client_urls', 'cert_file', 'auto_tls'],
    ['listen_peer_urls', 'peer_cert_file', 'peer_auto_tls'],
  ] as const) {
    const listen = part.get(urls);
    if (listen === undefined || !listen.specimen.includes('https://')) continue;
    if (!part.has(certificate) && part.get(automatic)?.text !== 'true')
      report.problem(
        listen.place,
        `${urls.replaceAll('_', '-')} has https, and there is no certificate`,
        `write ${certificate.replaceAll('_', '-')} and its key; \`basalt config pki\` makes them`,
      );
  }
}

/** etcd refuses to start otherwise: server/embed, Config.Validate. */
function checkTimes(part: Part, report: Report): void {
  const election = part.get('election_timeout');
  const heartbeat = part.get('heartbeat_interval');
  const [electionMs, heartbeatMs] = [Number(election?.text ?? 1000), Number(heartbeat?.text ?? 100)];
  const at = election ?? heartbeat;
  if (at === undefined || electionMs >= 5 * heartbeatMs) return;
  report.problem(
    at.place,
    `election-timeout is ${electionMs}${election === undefined ? ' when left out' : ''}, less than five heartbeats of ${heartbeatMs} ms, and etcd does not start with it`,
    `write election-timeout: ${5 * heartbeatMs} or more`,
  );
}
