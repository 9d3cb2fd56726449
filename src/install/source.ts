/** What is installed: an image's parts, wherever they are. */

export interface InstallSource {
  readonly image: string;
  readonly version: string;
  readonly rootHash: string;
  /** The verified root: `/dev/mapper/root` of a live system, or a file. */
  readonly root: InstallPart;
  /** Its hash tree. */
  readonly verity: InstallPart;
  /** The UKI that starts it, named without a count of tries: `basalt_1.2.0.efi`. */
  readonly uki: { readonly path: string; readonly sizeBytes: number; readonly sha256: string };
  /** Folder with `systemd-bootx64.efi`, and below `loader/` what goes beside it. */
  readonly boot: string;
  /** Folder with the image's repart.d(5) definitions, 10-esp.conf to 60-var.conf. */
  readonly definitions: string;
  /** Disk that the live system was started from, which is never offered: `/dev/sdb`. Undefined when it is none. */
  readonly medium: string | undefined;
  /** Volume of the ISO that a live system may have been started from: a stick may be found after the installer has begun. */
  readonly mediumVolume?: string;
  /** UUID of the partition that the firmware started a live system from, in small letters. The disk it is on is a medium too. */
  readonly mediumPartition?: string | undefined;
}

export interface InstallPart {
  readonly path: string;
  /** So much of it is content: the rest of its partition stays as it is. */
  readonly sizeBytes: number;
}
