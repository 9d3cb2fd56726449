/** Bounds: whatever a source gives, the agent reads only so much of it. */

/** User data as it comes and unpacked. Clouds allow 16 KiB to 64 KiB; the validator takes no more than this. */
export const USER_DATA_MAXIMUM_BYTES = 1024 * 1024;

/** Hostnames, keys, addresses. */
export const METADATA_MAXIMUM_BYTES = 256 * 1024;
