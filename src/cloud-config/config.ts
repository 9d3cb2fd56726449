/** A cloud-config after validation: plain data in one form, whatever spelling the text used. */

/** What a machine is asked to be. Every part is as the text gave it, defaults filled in. */
export interface CloudConfig {
  readonly hostname: string | undefined;
  /** `manage_etc_hosts: localhost`: the machine's name leads to 127.0.0.1. */
  readonly manageEtcHosts: boolean;
  /** For the user `core`. */
  readonly sshAuthorizedKeys: readonly string[];
  readonly users: readonly UserConfig[];
  readonly files: readonly FileConfig[];
  readonly units: readonly UnitConfig[];
  /** `coreos.etcd2` and `coreos.etcd`: etcd's settings as environment, such as ETCD_NAME. Undefined: etcd is left alone. */
  readonly etcd: Readonly<Record<string, string>> | undefined;
  /** `coreos.update` and `coreos.locksmith`, for the update client. Undefined: left alone. */
  readonly update: UpdateConfig | undefined;
  /** `coreos.oem`: what made this machine, for /etc/oem-release, by the names of os-release(5). */
  readonly oem: Readonly<Record<string, string>> | undefined;
}

export interface UserConfig {
  readonly name: string;
  readonly gecos: string | undefined;
  /** A crypt(5) hash. Undefined: the password is locked. */
  readonly passwordHash: string | undefined;
  readonly home: string | undefined;
  readonly createHome: boolean;
  readonly primaryGroup: string | undefined;
  readonly groups: readonly string[];
  readonly createUserGroup: boolean;
  readonly sshAuthorizedKeys: readonly string[];
  /** Addresses (https) that give further keys: of GitHub accounts and of `coreos-ssh-import-url`. */
  readonly sshKeyUrls: readonly string[];
  readonly system: boolean;
  readonly logInit: boolean;
  readonly shell: string | undefined;
}

export interface FileConfig {
  /** Absolute and normal: no `..`, no double slashes. */
  readonly path: string;
  /** The bytes, base64 removed. */
  readonly content: Uint8Array;
  /** The bytes are gzip's and are to be unpacked. */
  readonly gzip: boolean;
  /** Such as 0o644. */
  readonly mode: number;
  /** User and group, names or numbers: `root`, `core:docker`. */
  readonly owner: string;
}

export const unitCommands = [
  'start',
  'stop',
  'restart',
  'reload',
  'try-restart',
  'reload-or-restart',
  'reload-or-try-restart',
] as const;
export type UnitCommand = (typeof unitCommands)[number];

export interface UnitConfig {
  /** With its type: `hello.service`. */
  readonly name: string;
  /** Undefined: the unit is the image's own, or another's. */
  readonly content: string | undefined;
  readonly dropIns: readonly { readonly name: string; readonly content: string }[];
  /** Gone after a restart: kept in /run. */
  readonly runtime: boolean;
  readonly enable: boolean;
  readonly mask: boolean;
  readonly command: UnitCommand | undefined;
}

export interface UpdateConfig {
  readonly channel: string | undefined;
  readonly server: string | undefined;
  readonly rebootStrategy: 'reboot' | 'off' | 'etcd-lock' | 'fleet-lock' | undefined;
  /** The rest of `coreos.update`, by the names of update.conf: WINDOW_START and so on. */
  readonly settings: Readonly<Record<string, string>>;
  /** By the names of locksmithd's environment: LOCKSMITHD_REBOOT_WINDOW_START and so on. */
  readonly locksmith: Readonly<Record<string, string>>;
}

/** Addresses of the machine for `$private_ipv4` and its like; unknown ones are empty, as in coreos-cloudinit. */
export interface MachineAddresses {
  readonly private_ipv4?: string | undefined;
  readonly public_ipv4?: string | undefined;
  readonly private_ipv6?: string | undefined;
  readonly public_ipv6?: string | undefined;
}
