/** What there is of our images in a region: as data, for the plan. */

/** An AMI of the caller's account. */
export interface ExistingImage {
  readonly id: string;
  readonly name: string;
  /** `pending`, `available`, `failed`, … */
  readonly state: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Of its disks. */
  readonly snapshotIds: readonly string[];
}

export interface ExistingSnapshot {
  readonly id: string;
  /** `pending`, `completed`, `error`, … */
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Who may use something beside its owner. */
export interface Sharing {
  readonly public: boolean;
  /** Twelve digits each. */
  readonly accounts: readonly string[];
}

export interface RegionState {
  readonly region: string;
  /** All with a name of ours, by whatever name. */
  readonly images: readonly ExistingImage[];
  /** All with a tag of ours. */
  readonly snapshots: readonly ExistingSnapshot[];
  /** Name → value, all below our prefix. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the image that is wanted and of its snapshots, by their id, as far as they exist. */
  readonly sharing: Readonly<Record<string, Sharing>>;
}
