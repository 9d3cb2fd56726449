/** One HTTPS request to a BMC, and its answer: limited in time and size, over a connection that was judged before. */

import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type AgentOptions, type RequestOptions, request } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { InterruptedError, UserError } from '../errors.ts';
import type { BmcAddress } from './address.ts';
import { type Trust, whyNotTrusted } from './trust.ts';

/** A request; bodies are JSON. */
export interface BmcRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface BmcAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** How a request failed without an answer. */
export type TransportTrouble = 'unreachable' | 'cut' | 'timeout' | 'oversize';

/** No answer came. Whether the BMC did what was asked is not known, unless it was unreachable. */
export class TransportFault extends Error {
  override readonly name = 'TransportFault';

  constructor(
    readonly trouble: TransportTrouble,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}

/** The largest answers, of message registries, are below 1 MiB. */
const MOST_BYTES = 4 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 15_000;

/** Connects, and hands a connection over only when the other side is trusted. */
class JudgingAgent extends Agent {
  constructor(
    private readonly address: BmcAddress,
    private readonly trust: Trust,
    options: AgentOptions,
  ) {
    super(options);
  }

  override createConnection(
    _options: RequestOptions,
    handOver: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const { host, port } = this.address;
    const socket = connect({
      host,
      port,
      // RFC 6066, section 3: an address is no server name.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(this.trust.ca === undefined ? {} : { ca: this.trust.ca }),
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    let settled = false;
    const settle = (error: Error | null) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error === null) return handOver(null, socket);
      socket.destroy();
      handOver(error);
    };
    const timer = setTimeout(
      () => settle(new TransportFault('unreachable', `no connection within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    );
    socket.once('secureConnect', () => settle(whyNotTrusted(socket, this.trust, this.address) ?? null));
    socket.once('error', (cause) => settle(new TransportFault('unreachable', cause.message, { cause })));
    socket.once('close', () =>
      settle(new TransportFault('unreachable', 'the connection was closed at once')),
    );
  }
}

export class Transport {
  private readonly lasting: Agent;
  private readonly single: Agent;

  constructor(
    readonly address: BmcAddress,
    trust: Trust,
  ) {
    this.lasting = new JudgingAgent(address, trust, { keepAlive: true, maxSockets: 2 });
    // What changes something gets a connection of its own: one that is kept may be closed just when it is used, and then
    // nobody knows whether the request came through.
    this.single = new JudgingAgent(address, trust, { keepAlive: false });
  }

  /** @throws {TransportFault} without an answer; {UserError} when the BMC is not trusted; {InterruptedError}. */
  async send({ method, path, headers, body, timeoutMs, signal }: BmcRequest): Promise<BmcAnswer> {
    if (signal.aborted) throw new InterruptedError();
    const { host, port } = this.address;
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host,
        port,
        path,
        method,
        headers: {
          ...headers,
          host: this.address.shown,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
        agent: method === 'GET' ? this.lasting : this.single,
      });
      const end = (settle: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const fail = (error: Error) => {
        end(() => reject(error));
        outgoing.destroy();
      };
      const onAbort = () => fail(new InterruptedError());
      const timer = setTimeout(
        () => fail(new TransportFault('timeout', `no answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      signal.addEventListener('abort', onAbort);
      outgoing.on('error', (error) => {
        const known = error instanceof TransportFault || error instanceof UserError;
        fail(known ? error : new TransportFault('cut', error.message, { cause: error }));
      });
      outgoing.on('response', (incoming) => {
        const parts: Buffer[] = [];
        let size = 0;
        incoming.on('data', (part: Buffer) => {
          size += part.length;
          if (size <= MOST_BYTES) parts.push(part);
          else fail(new TransportFault('oversize', `more than ${MOST_BYTES / 1024 / 1024} MiB`));
        });
        incoming.on('error', (cause) => fail(new TransportFault('cut', cause.message, { cause })));
        incoming.on('end', () => {
          if (!incoming.complete) return fail(new TransportFault('cut', 'the answer ended too early'));
          const text = Buffer.concat(parts).toString('utf8');
          end(() => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
        });
      });
      outgoing.end(body);
    });
  }

  /** Closes what is open. */
  close(): void {
    this.lasting.destroy();
    this.single.destroy();
  }
}
