/** Settings that each cloud-config template is rendered with: for the golden renders, and for machines. */
import type { Setting } from '../../src/config-templates/settings.ts';

export interface TemplateCase {
  readonly template: string;
  /** Name of the golden file. */
  readonly name: string;
  readonly settings: readonly Setting[];
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHHPNYVJSEwr5Xv8t1hbSNWSVDRLUEY0Xp1W3JXpVvaz me@example.com';
/** Stands for what config pki makes. */
const pem = (kind: string) => `-----BEGIN ${kind}-----\nMDEyMzQ1Njc4OWFiY2RlZg==\n-----END ${kind}-----`;
const members = ['node1=10.0.0.11', 'node2=10.0.0.12', 'node3=10.0.0.13'].map(
  (text) => ['member', text] as const,
);
const tls = [
  ['ca-crt', pem('CERTIFICATE')],
  ['server-crt', pem('CERTIFICATE')],
  ['server-key', pem('PRIVATE KEY')],
  ['peer-ca-crt', pem('CERTIFICATE')],
  ['peer-crt', pem('CERTIFICATE')],
  ['peer-key', pem('PRIVATE KEY')],
] as const;

/** Settings from pairs. */
export function settingsOf(pairs: readonly (readonly [name: string, text: string])[]): Setting[] {
  return pairs.map(([name, text]) => ({ name, text, where: `--set ${name}` }));
}

const testCase = (
  template: string,
  variant: string,
  pairs: readonly (readonly [string, string])[],
): TemplateCase => ({
  template,
  name: variant === '' ? template : `${template}-${variant}`,
  settings: settingsOf(pairs),
});

/** At least one of each template, with every block on and with every block off. */
export const templateCases: readonly TemplateCase[] = [
  testCase('docker-host', '', []),
  testCase('docker-host', 'full', [
    ['name', 'docker1'],
    ['ssh-key', KEY],
    ['registry', 'registry.example.com:5000'],
    ['registry-ca', pem('CERTIFICATE')],
  ]),
  testCase('etcd-member', '', [['name', 'node1'], ...members]),
  testCase('etcd-member', 'full', [
    ['name', 'node2'],
    ...members,
    ['network', '10.0.0.0/24'],
    ['network', 'fd00::/64'],
    ['token', 'blue'],
    ['heartbeat', '300'],
    ['election', '3000'],
    ['ssh-key', KEY],
  ]),
  testCase('etcd-member', 'join', [
    ['name', 'node4'],
    ['join', 'http://10.0.0.11:2380'],
    ['join', 'http://10.0.0.12:2380'],
    ['network', '10.0.0.0/24'],
  ]),
  testCase('etcd-member', 'six', [
    ['name', 'a'],
    ['member', 'a=fd00::11'],
    ['member', 'b=fd00::12'],
  ]),
  testCase('etcd-member-tls', '', [['name', 'node1'], ...members, ...tls]),
  testCase('etcd-member-tls', 'join', [
    ['name', 'node4'],
    ['address', '10.0.0.14'],
    ['join', 'https://10.0.0.11:2380'],
    ['network', '10.0.0.0/24'],
    ...tls,
  ]),
  testCase('swarm-manager', '', [
    ['name', 'manager1'],
    ['address', '10.0.0.21'],
    ['network', '10.0.0.0/24'],
    ['etcd', 'http://10.0.0.11:2379'],
  ]),
  testCase('swarm-manager', 'tls', [
    ['name', 'manager1'],
    ['network', '10.0.0.0/24'],
    ['etcd', 'https://10.0.0.11:2379'],
    ['etcd', 'https://10.0.0.12:2379'],
    ['swarm', 'blue'],
    ['ssh-key', KEY],
    ['ca-crt', pem('CERTIFICATE')],
    ['client-crt', pem('CERTIFICATE')],
    ['client-key', pem('PRIVATE KEY')],
  ]),
  testCase('swarm-worker', '', [
    ['name', 'worker1'],
    ['address', '10.0.0.22'],
    ['network', '10.0.0.0/24'],
    ['etcd', 'http://10.0.0.11:2379'],
  ]),
  testCase('podman-pod', '', [
    ['pod', 'web'],
    ['image', 'registry.example.com:5000/web:1'],
    ['registry', 'registry.example.com:5000'],
    ['key', pem('PUBLIC KEY')],
  ]),
  testCase('podman-pod', 'full', [
    ['pod', 'web'],
    ['image', 'registry.example.com:5000/web:1'],
    ['registry', 'registry.example.com:5000/web'],
    ['key', pem('PUBLIC KEY')],
    ['registry-ca', pem('CERTIFICATE')],
    ['registry-host', 'registry.example.com:5000'],
    ['publish', '8080:80'],
    ['env', 'GREETING=50 % of "it"'],
    ['command', 'httpd -f -p 80'],
    ['name', 'web1'],
    ['ssh-key', KEY],
  ]),
  testCase('registry', '', [
    ['name', 'registry'],
    ['network', '10.0.0.0/24'],
  ]),
  testCase('registry', 'full', [
    ['name', 'registry'],
    ['network', '10.0.0.0/24'],
    ['also', 'registry.example.com'],
    ['also', '10.0.0.5'],
    ['crt', pem('CERTIFICATE')],
    ['key', pem('PRIVATE KEY')],
    ['ca-crt', pem('CERTIFICATE')],
    ['htpasswd', 'me:$2y$05$abcdefghijklmnopqrstuv'],
    ['ssh-key', KEY],
  ]),
];
