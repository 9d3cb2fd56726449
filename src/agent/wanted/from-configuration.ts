/** From a configuration, and from what the platform says, to what is wanted of this machine. */
import type { CloudConfig, UpdateConfig } from '../../cloud-config/config.ts';
import { isNetworkUnit } from '../../cloud-config/unit-name.ts';
import type { Host } from '../host.ts';
import type { Metadata } from '../sources/source.ts';
import { hostnameFile, hostsFile } from './name.ts';
import { wantedScript } from './script.ts';
import { etcdFile, healthTimeoutFile, oemFile, updateFile } from './services.ts';
import { KEYS_USER, keyFiles } from './ssh-keys.ts';
import { unitPaths } from './units.ts';
import type { Wanted, WantedFile, WantedPath } from './wanted.ts';
import { wantedFile } from './write-files.ts';

/** A configuration that was read. */
export type Configuration =
  | { readonly kind: 'cloud-config'; readonly config: CloudConfig }
  | { readonly kind: 'script'; readonly text: string }
  /** Nothing but what the platform says. */
  | { readonly kind: 'empty' };

/**
 * @param fetched Keys by the address they were fetched from.
 * @throws {WantedError|HostError}
 */
export function wantedFrom(
  host: Host,
  configuration: Configuration,
  metadata: Metadata,
  fetched: Readonly<Record<string, readonly string[]>> = {},
): Wanted {
  const config = configuration.kind === 'cloud-config' ? configuration.config : undefined;
  const hostname = config?.hostname ?? metadata.hostname;
  const script = configuration.kind === 'script' ? wantedScript(configuration.text) : undefined;
  const units = config?.units.filter(({ name }) => !isNetworkUnit(name)) ?? [];
  return {
    paths: [
      ...(hostname === undefined ? [] : [hostnameFile(hostname)]),
      ...(config === undefined ? [] : configPaths(host, config, hostname)),
      ...keyFiles(keysByUser(config, metadata, fetched)),
      ...(script?.paths ?? []),
    ],
    users: config?.users ?? [],
    enable: units.filter(({ enable }) => enable).map(({ name, runtime }) => ({ unit: name, runtime })),
    commands: [
      ...units.flatMap(({ name, command }) => (command === undefined ? [] : [{ unit: name, command }])),
      ...(script?.commands ?? []),
    ],
    hostname,
  };
}

function configPaths(host: Host, config: CloudConfig, hostname: string | undefined): WantedPath[] {
  return [
    ...(config.manageEtcHosts ? [hostsFile(hostname ?? currentName(host))] : []),
    ...config.files.map((file) => wantedFile(host, file)),
    ...config.units.flatMap(unitPaths),
    ...(config.etcd === undefined ? [] : [etcdFile(config.etcd)]),
    ...(config.update === undefined ? [] : updateFiles(config.update)),
    ...(config.oem === undefined ? [] : [oemFile(config.oem)]),
  ];
}

function updateFiles(update: UpdateConfig): WantedFile[] {
  const timeout = healthTimeoutFile(update);
  return [updateFile(update), ...(timeout === undefined ? [] : [timeout])];
}

function currentName(host: Host): string {
  return host.readText('/proc/sys/kernel/hostname')?.trim() || 'localhost';
}

function keysByUser(
  config: CloudConfig | undefined,
  metadata: Metadata,
  fetched: Readonly<Record<string, readonly string[]>>,
): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>([
    [KEYS_USER, [...(config?.sshAuthorizedKeys ?? []), ...metadata.sshAuthorizedKeys]],
  ]);
  for (const { name, sshAuthorizedKeys, sshKeyUrls } of config?.users ?? []) {
    const own = [...sshAuthorizedKeys, ...sshKeyUrls.flatMap((url) => fetched[url] ?? [])];
    keys.set(name, [...(keys.get(name) ?? []), ...own]);
  }
  return keys;
}
