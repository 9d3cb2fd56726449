/** What is asked of a server. */
import type { HttpAddress } from './address.ts';

export interface HttpRequest {
  readonly address: HttpAddress;
  /** GET when absent. A PUT has no body. */
  readonly method?: 'GET' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly maximumBytes: number;
  /** For the whole of this request. */
  readonly timeoutMs: number;
  /** Given up when less comes for so long. Absent: only `timeoutMs` counts. */
  readonly slowest?: { readonly bytesPerSecond: number; readonly seconds: number };
  /** How many are followed; from https never to http. Only with redirects may a request leave its host. */
  readonly redirects: number;
  /** Not through the proxy that the environment names. */
  readonly direct?: boolean;
}
