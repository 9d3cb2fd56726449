/** Working on a made-up BMC as the commands do, but quickly. */
import { parseAddress } from '../../../src/redfish/address.ts';
import { type Bmc, openBmc } from '../../../src/redfish/bmc.ts';
import { type ClientOptions, RedfishClient } from '../../../src/redfish/client.ts';
import type { Pace } from '../../../src/redfish/pace.ts';
import { Secret } from '../../../src/redfish/secret.ts';
import { bmcPassword, bmcUser, type MockBmc } from './mock-bmc.ts';

/** As {@link usualPace}, a hundred times quicker; time limits are longer, for busy machines. */
export const quickPace: Pace = {
  pollMs: 5,
  firstPauseMs: 5,
  longestPauseMs: 20,
  attempts: 5,
  askTimeoutMs: 5000,
  actTimeoutMs: 5000,
  taskLimitMs: 400,
};

/** For BMCs that say nothing. */
export const impatientPace: Pace = { ...quickPace, askTimeoutMs: 400, actTimeoutMs: 400 };

/** What the client said, by level. */
export type Said = string[];

/** The options of a client that trusts a made-up BMC. */
export function clientOptions(
  mock: MockBmc,
  said: Said = [],
  options: Partial<ClientOptions> = {},
): ClientOptions {
  return {
    address: parseAddress(mock.address),
    trust: { fingerprint: mock.fingerprint },
    credentials: { user: bmcUser, password: new Secret(bmcPassword) },
    signal: new AbortController().signal,
    pace: quickPace,
    onMessage: (level, text) => said.push(`${level}: ${text}`),
    ...options,
  };
}

/** Logs in, works, logs out. */
export function atMock<T>(
  mock: MockBmc,
  work: (bmc: Bmc) => Promise<T>,
  said: Said = [],
  options: Partial<ClientOptions> = {},
): Promise<T> {
  return RedfishClient.with(clientOptions(mock, said, options), async (client) =>
    work(await openBmc(client)),
  );
}
