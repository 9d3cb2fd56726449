/** Reading user data: the one door of this room. What it takes on a laptop, a machine takes. */
import type { Problem } from '../errors.ts';
import { readDocument } from '../yaml/document.ts';
import { ShapeCheck } from './check-shape.ts';
import { Claims } from './claims.ts';
import { cloudConfigShape } from './cloud-config-shape.ts';
import type { CloudConfig, MachineAddresses } from './config.ts';
import { readEtcd } from './etcd.ts';
import { readFiles } from './files.ts';
import { readOem } from './oem.ts';
import { Part } from './part.ts';
import { Report } from './report.ts';
import { readUnits } from './units.ts';
import { readUpdate } from './update.ts';
import type { UserData } from './user-data.ts';
import { formatOf } from './user-data-format.ts';
import { readUsers } from './users.ts';
import { Variables } from './variables.ts';

/** More than any source of user data gives, and what can be read in about a second by a small machine. */
export const USER_DATA_MAXIMUM_CHARACTERS = 1024 * 1024;

/** How to read a text. */
export interface ReadOptions {
  /** The text's place, as problems name it: a path or an address. */
  readonly file: string;
  /** Of the machine. Left out where no machine is known: `$private_ipv4` and its like then stay as they are. */
  readonly addresses?: MachineAddresses | undefined;
}

/** Reads user data. Never throws; takes about a second for the worst of texts. */
export function readUserData(text: string, { file, addresses }: ReadOptions): UserData {
  const refuse = (message: string, hint: string, line = 1): UserData => ({
    kind: 'invalid',
    problems: [{ file, line, column: 1, message, hint }],
    warnings: [],
  });
  if (text.length > USER_DATA_MAXIMUM_CHARACTERS)
    return refuse(
      `the text has ${text.length} characters`,
      `at most ${USER_DATA_MAXIMUM_CHARACTERS}: let a unit fetch what is large`,
    );
  // A byte order mark has no column in editors; as a space before the first line it would end the header.
  const plain = text.replace(/^\ufeff/, '');
  const variables = new Variables(addresses);
  const format = formatOf(plain);
  switch (format.kind) {
    case 'empty':
      return { kind: 'empty' };
    case 'refused':
      return refuse(format.fault.reason, format.fault.hint, format.line);
    case 'script':
      return readScript(plain, variables, refuse);
    case 'cloud-config':
      return readCloudConfig(plain, file, variables);
  }
}

function readScript(
  text: string,
  variables: Variables,
  refuse: (message: string, hint: string) => UserData,
): UserData {
  if (!/^#!\s*\/\S/.test(text))
    return refuse(
      'the first line names no interpreter by its path',
      'such as #!/bin/sh or #!/usr/bin/env bash',
    );
  if (text.includes('\0')) return refuse('the script has a NUL character', 'give it as text');
  // The kernel would look for an interpreter with a carriage return in its name.
  const lines = /^[^\n]*\r\n/.test(text) ? text.replaceAll('\r\n', '\n') : text;
  return { kind: 'script', text: variables.fill(lines).text };
}

function readCloudConfig(text: string, file: string, variables: Variables): UserData {
  const document = readDocument(file, 'cloud-config', Variables.shield(text));
  const report = new Report();
  for (const problem of document.problems) report.problem(problem, problem.message, problem.hint);
  // A header alone is a configuration that asks for nothing.
  if (document.value === undefined || (document.value === null && document.problems.length === 0))
    return finish(document.value === null ? emptyPart(document) : undefined, report);
  return finish(new ShapeCheck(document, variables, report).check(cloudConfigShape), report);
}

function emptyPart(document: ConstructorParameters<typeof Part>[0]): Part {
  return new Part(document, [], {});
}

function finish(root: Part | undefined, report: Report): UserData {
  const config = root === undefined ? undefined : configOf(root, report);
  const problems: readonly Problem[] = report.problems;
  return config === undefined || problems.length > 0
    ? { kind: 'invalid', problems, warnings: report.warnings }
    : { kind: 'cloud-config', config, warnings: report.warnings };
}

function configOf(root: Part, report: Report): CloudConfig {
  const [coreos, basalt] = [root.get('coreos'), root.get('basalt')];
  if (coreos !== undefined && basalt !== undefined)
    report.problem(
      basalt.keyPlace,
      `basalt is another name of coreos, which is in line ${coreos.keyPlace.line}`,
      'join the two in one of them',
    );
  const section = coreos ?? basalt;
  const claims = new Claims(report);
  claimOwnFiles(root, section, claims);
  const units = readUnits(section?.get('units'), report, claims);
  return {
    hostname: root.get('hostname')?.text,
    manageEtcHosts: root.has('manage_etc_hosts'),
    sshAuthorizedKeys: (root.get('ssh_authorized_keys')?.items ?? []).map((key) => key.text.trim()),
    users: readUsers(root.get('users'), report),
    files: readFiles(root.get('write_files'), report, claims),
    units,
    etcd: readEtcd(section, report),
    update: readUpdate(section, report),
    oem: readOem(section?.get('oem')),
  };
}

/** What the agent writes for keys other than write_files and units. */
function claimOwnFiles(root: Part, coreos: Part | undefined, claims: Claims): void {
  const claim = (part: Part | undefined, what: string, path: string) => {
    if (part !== undefined) claims.take(path, what, part.keyPlace);
  };
  claim(root.get('hostname'), 'hostname', '/etc/hostname');
  claim(root.get('manage_etc_hosts'), 'manage_etc_hosts', '/etc/hosts');
  claim(coreos?.get('oem'), 'coreos.oem', '/etc/oem-release');
  claim(coreos?.get('update') ?? coreos?.get('locksmith'), 'coreos.update', '/etc/basalt/update.conf');
  claim(
    coreos?.get('update')?.get('health_timeout'),
    'coreos.update.health-timeout',
    '/etc/systemd/system/boot-complete.target.d/60-cloud-config.conf',
  );
  const etcd = coreos?.get('etcd2') ?? coreos?.get('etcd');
  claim(etcd, 'coreos.etcd2', '/etc/systemd/system/etcd.service.d/20-cloud-config.conf');
  const keys = root.get('ssh_authorized_keys');
  claim(keys, 'ssh_authorized_keys', '/etc/ssh/authorized_keys.d/core');
  for (const user of root.get('users')?.items ?? []) {
    const name = user.get('name')?.text;
    if (name === undefined || (name === 'core' && keys !== undefined)) continue;
    claim(user.get('ssh_authorized_keys'), `users (${name})`, `/etc/ssh/authorized_keys.d/${name}`);
  }
}
