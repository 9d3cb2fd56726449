/** What an installation without questions is to do, wherever it was written: on the kernel's command line or in a file. */

export interface UnattendedPlan {
  /** Which disk: `serial:TEXT`, `wwn:TEXT`, `path:/dev/…`, `smallest-nvme`, `smallest-any`. */
  readonly disk: string;
  /** Keep the data in /var of an earlier installation. */
  readonly keepVar: boolean;
  /** Where the cloud-config is; undefined for none. */
  readonly config: ConfigSource | undefined;
  /** Added to the cloud-config, which must not say the same. */
  readonly added: { readonly hostname?: string; readonly sshKeys: readonly string[] };
  readonly report: ReportTarget | undefined;
  readonly afterwards: Afterwards;
}

/** What somebody who was asked wants of this machine. */
export type Opened =
  | { readonly kind: 'install'; readonly plan: UnattendedPlan }
  /** Nothing is installed: a server says that it goes on with its disk, and why. */
  | {
      readonly kind: 'disk';
      /** For people; nothing in them that a terminal obeys. */
      readonly lines: readonly string[];
      /** The server has seen it installed; otherwise it was refused. */
      readonly isInstalled: boolean;
    };

export type ConfigSource =
  /** `file`: where the text stands, for messages. */
  | { readonly kind: 'text'; readonly text: string; readonly file: string }
  | { readonly kind: 'file'; readonly path: string }
  /** May hold a token that opens once: never shown whole, never asked twice. */
  | { readonly kind: 'url'; readonly url: string };

/** Who is told how far it is: docs/provisioning.md, "What the installer sees". */
export interface ReportTarget {
  readonly url: string;
  readonly token: string;
}

/** What the machine does when it is installed. */
export const afterwards = ['yes', 'no', 'poweroff'] as const;
/** `yes`: it restarts. */
export type Afterwards = (typeof afterwards)[number];
