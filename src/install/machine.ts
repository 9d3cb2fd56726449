/** What an installer tells of the machine that it runs on. */

export interface Machine {
  /** How it was started. What is installed needs UEFI. */
  readonly firmware: 'uefi' | 'bios';
  /** SMBIOS strings, without what vendors leave as placeholders. */
  readonly vendor: string | undefined;
  readonly model: string | undefined;
  /** SMBIOS system serial number: Dell's service tag. */
  readonly serial: string | undefined;
  readonly processor: string;
  /** Logical processors. */
  readonly processors: number;
  readonly memoryBytes: number;
  /** Version of the TPM's interface, such as `2.0`; undefined without one. */
  readonly tpm: string | undefined;
  readonly secureBoot: 'on' | 'off' | 'setup' | 'unknown';
  readonly cards: readonly NetworkCard[];
}

/** A network card: an interface with hardware behind it. */
export interface NetworkCard {
  readonly name: string;
  readonly mac: string;
  readonly driver: string | undefined;
  readonly link: 'up' | 'down' | 'unknown';
  readonly megabitsPerSecond: number | undefined;
  /** With their prefixes: `10.0.0.5/24`. */
  readonly addresses: readonly string[];
}
