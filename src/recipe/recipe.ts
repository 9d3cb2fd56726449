/**
 * A recipe after reading: `extends` and features merged, defaults filled in, sizes in bytes, files named
 * by absolute path. This is the only form the rooms above see; the YAML form is in `schema.ts`.
 */
import type { DiskFormat } from '../formats/catalogue.ts';
import type { LiveFormat } from '../formats/live.ts';
import type { Origin } from '../yaml/origin.ts';

/** An apt source. */
export interface Mirror {
  /** http:, https: or file: address of the archive's root. */
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Absolute path of an OpenPGP keyring; undefined means Debian's own archive keyring. */
  readonly keyring: string | undefined;
}

/** A package asked for by name, and the recipe line that asked. */
export interface PackageRequest {
  readonly name: string;
  readonly origin: Origin;
}

/** What a file holds: literal text, a copy of a file, or a rendered Handlebars template. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'copy'; readonly source: string }
  | { readonly kind: 'template'; readonly source: string };

/** A file put into the root tree. */
export interface FileEntry {
  /** Absolute path in the image. */
  readonly path: string;
  readonly content: FileContent;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  /** User name or number. */
  readonly owner: string;
  /** Group name or number. */
  readonly group: string;
  readonly origin: Origin;
}

export interface DirectoryEntry {
  readonly path: string;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  readonly origin: Origin;
}

export interface LinkEntry {
  readonly path: string;
  readonly target: string;
  readonly origin: Origin;
}

/** A folder whose whole content is laid over the root tree, owned by root; modes as found on disk, 0644 or 0755. */
export interface OverlayEntry {
  /** Absolute path of the folder on the build machine. */
  readonly source: string;
  readonly origin: Origin;
}

export interface UserEntry {
  readonly name: string;
  readonly uid: number | undefined;
  readonly group: string | undefined;
  readonly groups: readonly string[];
  readonly shell: string;
  readonly home: string;
  readonly description: string;
  /** Authorized keys baked into the image, one per line of authorized_keys(5). */
  readonly sshAuthorizedKeys: readonly string[];
  readonly origin: Origin;
}

export type Compression =
  | {
      readonly filesystem: 'squashfs';
      readonly algorithm: 'zstd' | 'xz' | 'lz4' | 'none';
      /** Undefined for algorithms without levels. */
      readonly level: number | undefined;
      readonly blockSizeBytes: number;
    }
  | {
      readonly filesystem: 'erofs';
      readonly algorithm: 'zstd' | 'lz4' | 'lz4hc' | 'none';
      readonly level: number | undefined;
      readonly blockSizeBytes: number;
    };

export interface PartitionSizes {
  /** EFI system partition. */
  readonly espBytes: number;
  /** Each of the two root slots. */
  readonly rootBytes: number;
  /** Each of the two verity slots. */
  readonly verityBytes: number;
  /** The least `/var` may be on a machine; it fills what the disk has. */
  readonly varMinimumBytes: number;
}

export interface Trimming {
  /** Remove /usr/share/doc except copyright files, info pages and lintian overrides. */
  readonly documentation: boolean;
  readonly manPages: boolean;
  /** Locales to keep in /usr/share/locale and /usr/share/i18n; undefined keeps all. */
  readonly keepLocales: readonly string[] | undefined;
  /** Further path patterns (picomatch-style globs, absolute) to remove. */
  readonly paths: readonly string[];
}

/** A zx script that runs on the unpacked, configured package tree, before the recipe's own files are laid over it. */
export interface Hook {
  /** Absolute path of the script on the build machine. */
  readonly script: string;
  /** Passed as environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

export interface Recipe {
  /** The recipe's file name without `.yaml`. */
  readonly name: string;
  readonly description: string;
  /** The recipe's own file, then the others in the order they were merged: every file that was read. Named as the user named the folder. */
  readonly sources: readonly string[];
  readonly suite: string;
  /** Debian's name of the architecture. */
  readonly architecture: 'amd64';
  readonly components: readonly string[];
  /** Include the `SUITE-updates` and `SUITE-security` suites. */
  readonly updates: boolean;
  readonly security: boolean;
  /** Empty means: the mirrors that the build machine's apt uses. */
  readonly mirrors: readonly Mirror[];
  readonly packages: {
    readonly add: readonly PackageRequest[];
    /** Installed because others need them at install time, then removed from the image. */
    readonly drop: readonly PackageRequest[];
  };
  /** Names of the features that were merged in, in order. */
  readonly features: readonly string[];
  readonly kernel: {
    /** Package that names the kernel, a meta package such as `linux-image-cloud-amd64`. */
    readonly package: PackageRequest;
    readonly arguments: readonly string[];
    /** Which modules are left out: patterns, and names of those that stay nevertheless. */
    readonly modules: { readonly drop: readonly string[]; readonly keep: readonly string[] };
  };
  readonly initrd: {
    /** Packages whose files dracut may pick from. */
    readonly packages: readonly PackageRequest[];
    /** Dracut modules besides Basalt's own. */
    readonly modules: readonly string[];
    /** Kernel modules besides those dracut's modules bring. */
    readonly drivers: readonly string[];
  };
  readonly live: {
    /** Packages of the live system, besides what the root has. */
    readonly packages: readonly PackageRequest[];
    /** Of its kernel, behind those of the image. */
    readonly arguments: readonly string[];
  };
  readonly overlays: readonly OverlayEntry[];
  readonly files: readonly FileEntry[];
  readonly directories: readonly DirectoryEntry[];
  readonly links: readonly LinkEntry[];
  readonly users: readonly UserEntry[];
  /** Number of the user and group that packages make, by name. */
  readonly accountIds: Readonly<Record<string, number>>;
  readonly systemd: {
    readonly enable: readonly string[];
    readonly disable: readonly string[];
    readonly mask: readonly string[];
    /** What the machine boots into, such as `multi-user.target`. */
    readonly defaultTarget: string;
  };
  readonly trim: Trimming;
  readonly partitions: PartitionSizes;
  readonly compression: Compression;
  readonly formats: readonly (DiskFormat | LiveFormat)[];
  readonly hooks: readonly Hook[];
  /** Values for templates, besides `image`, `version` and what the build knows. */
  readonly variables: Readonly<Record<string, string | number | boolean>>;
}
