/** The four roles of The Update Framework, and how long what they sign is good. */

/** Root says whose keys count; targets names the files; snapshot and timestamp say which metadata is the newest. */
export const roleNames = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type RoleName = (typeof roleNames)[number];

/** Days from signing to expiry, by role. */
export type Lifetimes = Readonly<Record<RoleName, number>>;

/**
 * Timestamp is signed again every day or so by a machine; a machine that is kept from the repository notices after
 * these days at the latest. Root and targets may have keys that are not at hand every day.
 */
export const defaultLifetimes: Lifetimes = { root: 365, targets: 365, snapshot: 90, timestamp: 14 };
