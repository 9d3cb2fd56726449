/** EC2's instance metadata service, version 2, on the loopback (EC2 user guide, "Use the Instance Metadata Service"). */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MetadataService {
  readonly port: number;
  /** `METHOD PATH STATUS`, in the order in which they came. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** How it differs from the real one. */
export interface MetadataFaults {
  /** Tokens that it gives are not accepted. */
  readonly wrongToken?: boolean;
  /** It knows no tokens and answers whoever asks. */
  readonly versionOne?: boolean;
  /** So many requests are answered with 503 before it works. */
  readonly unreadyRequests?: number;
  /** HttpEndpoint is disabled. */
  readonly off?: boolean;
}

/** @param data Paths below /latest, such as `user-data` and `meta-data/hostname`. */
export async function startMetadataService(
  data: Readonly<Record<string, string | Uint8Array>>,
  faults: MetadataFaults = {},
): Promise<MetadataService> {
  const requests: string[] = [];
  const tokens = new Set<string>();
  const answer = (request: IncomingMessage): { status: number; body?: string | Uint8Array } => {
    const path = request.url ?? '';
    if (requests.length < (faults.unreadyRequests ?? 0)) return { status: 503 };
    if (faults.off) return { status: 403 };
    if (path === '/latest/api/token') {
      if (faults.versionOne) return { status: request.method === 'GET' ? 404 : 405 };
      const seconds = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
      // The service refuses a PUT that came through a proxy.
      if (request.headers['x-forwarded-for'] !== undefined) return { status: 403 };
      if (request.method !== 'PUT' || !(seconds >= 1 && seconds <= 21_600)) return { status: 400 };
      const token = `AQAEA${tokens.size}==`;
      if (!faults.wrongToken) tokens.add(token);
      return { status: 200, body: token };
    }
    if (!faults.versionOne && !tokens.has(String(request.headers['x-aws-ec2-metadata-token'])))
      return { status: 401 };
    const body = data[path.replace(/^\/latest\//, '')];
    return body === undefined ? { status: 404 } : { status: 200, body };
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { status, body } = answer(request);
    requests.push(`${request.method} ${request.url} ${status}`);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
