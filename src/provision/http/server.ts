/** An HTTP server within limits: routes in, answers out, refusals as JSON, nothing of a failure told to the client. */
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { messageOf, UserError } from '../../errors.ts';
import { type Answer, Refusal, refused } from './answer.ts';
import * as limits from './limits.ts';
import { type Request, readRequest } from './request.ts';

export type Handler = (request: Request) => Promise<Answer> | Answer;

/** Where to listen: an address and port, or the path of a Unix socket. */
export type Place = { readonly address: string; readonly port: number } | { readonly path: string };

export interface ServerOptions {
  readonly place: Place;
  readonly handler: Handler;
  /** A defect, or a file that cannot be read. */
  readonly onError: (text: string) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Ends it, and every connection. */
  close(): Promise<void>;
}

/** @throws {UserError} when the place cannot be listened on. */
export async function startServer({ place, handler, onError }: ServerOptions): Promise<RunningServer> {
  const end = new AbortController();
  const server = createServer(
    {
      maxHeaderSize: limits.HEADER_BYTES,
      headersTimeout: limits.HEADERS_TIMEOUT_MS,
      requestTimeout: limits.REQUEST_TIMEOUT_MS,
      keepAliveTimeout: limits.KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 2000,
    },
    (message, response) => void serve(message, response, handler, onError, end.signal),
  );
  server.maxConnections = limits.CONNECTIONS;
  server.timeout = limits.IDLE_TIMEOUT_MS;
  server.on('clientError', refuseUnreadable);
  limitEachAddress(server);
  await listen(server, place);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      end.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  handler: Handler,
  onError: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await send(message, response, await answerOf(message, handler, onError), signal);
  } catch (error) {
    // A client that went away is no failure of the server.
    if (!isGone(error)) onError(`an answer could not be sent: ${messageOf(error)}`);
    response.destroy();
  }
}

async function answerOf(
  message: IncomingMessage,
  handler: Handler,
  onError: (text: string) => void,
): Promise<Answer> {
  try {
    return await handler(readRequest(message));
  } catch (error) {
    if (error instanceof Refusal) return refused(error);
    if (isGone(error)) throw error;
    onError(`a request failed: ${messageOf(error)}`);
    return refused(new Refusal(500, 'server-failed', 'the server failed; its own messages say how'));
  }
}

async function send(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  signal: AbortSignal,
): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  // What was not read of a body would be taken for the next request.
  if (!message.complete && message.method !== 'GET' && message.method !== 'HEAD')
    response.setHeader('connection', 'close');
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  response.statusCode = status;
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.setHeader('content-length', Buffer.byteLength(body));
    response.end(message.method === 'HEAD' ? undefined : body);
  } else if (typeof body === 'function') await pipeline(body(signal), response, { signal });
  else if (body === undefined || message.method === 'HEAD') {
    if (body !== undefined) response.setHeader('content-length', body.end - body.start);
    response.end();
  } else {
    response.setHeader('content-length', body.end - body.start);
    if (body.end === body.start) response.end();
    else
      await pipeline(createReadStream(body.path, { start: body.start, end: body.end - 1 }), response, {
        signal,
      });
  }
}

/** What Node.js could not read as a request (https://nodejs.org/api/http.html#event-clienterror). */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const text = `{"error":{"code":"request-invalid","message":"${status.slice(4).toLowerCase()}"}}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`,
  );
}

/** One client must not take the connections of all. */
function limitEachAddress(server: Server): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    // Not over a Unix socket.
    if (address === undefined) return;
    const count = (open.get(address) ?? 0) + 1;
    if (count > limits.CONNECTIONS_OF_ONE) return void socket.destroy();
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

function listen(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, place)));
    if ('path' in place) server.listen(place.path, resolve);
    else server.listen(place.port, place.address, resolve);
  });
}

function explained(cause: NodeJS.ErrnoException, place: Place): Error {
  if ('path' in place) return cause;
  const where = `${place.address}:${place.port}`;
  switch (cause.code) {
    case 'EADDRINUSE':
      return new UserError('port-in-use', `another program listens on port ${place.port} already`, {
        where,
        next: [
          `ss -ltnp 'sport = :${place.port}' shows which`,
          'end it, or name another port in machines.yaml',
        ],
        cause,
      });
    case 'EADDRNOTAVAIL':
      return new UserError('address-missing', 'this machine has not the address to listen on', {
        where,
        next: ['ip -4 address shows those it has', 'mend the address in machines.yaml'],
        cause,
      });
    case 'EACCES':
      return new UserError('port-forbidden', `port ${place.port} is for root alone`, {
        where,
        next: ['run this as root, or name a port from 1024 in machines.yaml'],
        cause,
      });
    default:
      return cause;
  }
}

/** The connection ended, or the server does. */
function isGone(error: unknown): boolean {
  const { code, name } = error as { code?: string; name?: string };
  return (
    name === 'AbortError' ||
    ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE', 'ABORT_ERR'].includes(
      code ?? '',
    )
  );
}
