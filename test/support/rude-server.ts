/** A web server on the loopback that misbehaves as its paths say, for clients that must not trust servers. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from './server-certificate.ts';

export interface RudeServer {
  readonly address: string;
  /** Paths, in the order in which they were asked for. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Gets how many requests of this path came before. */
export type RudeAnswer = (response: ServerResponse, nth: number, request: IncomingMessage) => void;

/** Ways to misbehave. */
export const rude = {
  body:
    (body: string | Uint8Array, status = 200): RudeAnswer =>
    (response) =>
      void response.writeHead(status, { 'content-type': 'application/x-odd' }).end(body),
  redirect:
    (location: string): RudeAnswer =>
    (response) =>
      void response.writeHead(302, { location }).end(),
  /** Accepts, and says nothing. */
  silent: (): RudeAnswer => () => undefined,
  /** So many failures, then another answer. */
  after:
    (failures: number, status: number, then: RudeAnswer): RudeAnswer =>
    (response, nth, request) =>
      nth < failures ? void response.writeHead(status).end('not yet') : then(response, nth, request),
  /** Sends for ever, without saying how much. */
  endless: (): RudeAnswer => (response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
    };
    response.on('drain', more);
    more();
  },
  /** Promises more than comes, and closes. */
  cut:
    (body: string): RudeAnswer =>
    (response) => {
      response.writeHead(200, { 'content-length': String(body.length + 100) });
      response.write(body, () => response.destroy());
    },
  /** A byte now and then. */
  trickle: (): RudeAnswer => (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 200);
    response.on('close', () => clearInterval(timer));
  },
} as const;

/**
 * A path that is not named is 404.
 * @param port Any free one when 0.
 * @param tls For https.
 */
export async function startRudeServer(
  paths: Readonly<Record<string, RudeAnswer>>,
  port = 0,
  tls?: ServerCertificate,
): Promise<RudeServer> {
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '';
    const nth = requests.filter((each) => each === path).length;
    requests.push(path);
    const answer = paths[path];
    if (answer === undefined) response.writeHead(404).end('no such thing');
    else answer(response, nth, request);
  };
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ key: tls.key, cert: tls.certificate }, listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    address: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
