/** What a client may send, and how long it may take. A machine that boots needs far less of each. */

/** Path and query: a machine's question with every SMBIOS string at its longest, percent-encoded, has some 900. */
export const TARGET_CHARACTERS = 2048;
/** Request line and headers. */
export const HEADER_BYTES = 8 * 1024;
/** A report. */
export const BODY_BYTES = 16 * 1024;
/** From the first byte of a request to the end of its headers. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** From the first byte of a request to the end of its body. */
export const REQUEST_TIMEOUT_MS = 20_000;
/** Without a byte in either direction: a client that fetches an image and stalls. */
export const IDLE_TIMEOUT_MS = 60_000;
/** Between two requests of one connection. */
export const KEEP_ALIVE_TIMEOUT_MS = 5_000;
/** At the same time: a rack of machines, each with a few. */
export const CONNECTIONS = 512;
/** From one address: iPXE opens one or two, an installer a few. */
export const CONNECTIONS_OF_ONE = 32;
