/** How the SDK's clients connect: when they give a connection up, and how many they keep. */

const CONNECT_WITHIN_MS = 10_000;
/** Without a byte in either direction. The SDK's own limits of whole requests only warn. */
const SILENT_MS = 60_000;
/** At least as many as there are uploads at the same time. */
const MOST_CONNECTIONS = 64;

/**
 * Settings of every client: `maxAttempts`, since patience.ts asks again, and what its connections are like.
 * @param silentMs Tests are in a hurry.
 */
export function connectionSettings(silentMs = SILENT_MS) {
  const agent = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  return {
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      socketTimeout: silentMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}
