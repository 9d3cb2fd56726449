/** A request, as far as it is safe to look at. */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './answer.ts';
import * as limits from './limits.ts';

export interface Request {
  readonly method: string;
  /** As it was sent, without the query: only plain characters, no dot segments. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Of the client. */
  readonly address: string;
  /** The body as JSON. @throws {Refusal} when it is too large, too slow or no JSON. */
  json(): Promise<unknown>;
}

/** No path of this server needs other characters: what is encoded hides something. */
const PATH = /^(\/[A-Za-z0-9._+~-]*)+$/;
/** What RFC 3986, 3.4, allows in a query. */
const QUERY = /^[A-Za-z0-9._~!$'()*+,;:@/?%&=-]*$/;

/** @throws {Refusal} for an address that no client of this server has a reason to ask for. */
export function readRequest(message: IncomingMessage): Request {
  const target = message.url ?? '';
  if (target.length > limits.TARGET_CHARACTERS)
    throw new Refusal(
      414,
      'address-too-long',
      `the address has more than ${limits.TARGET_CHARACTERS} characters`,
    );
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = at < 0 ? '' : target.slice(at + 1);
  if (!PATH.test(path) || path.includes('//') || /(^|\/)\.{1,2}(\/|$)/.test(path))
    throw new Refusal(
      400,
      'path-invalid',
      'the path has something else than plain names',
      'names of letters, digits and . _ + ~ - between single slashes, none of them . or ..',
    );
  if (!QUERY.test(query))
    throw new Refusal(400, 'query-invalid', 'the query has characters that must be percent-encoded');
  return {
    method: message.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers: message.headers,
    // IPv4 over an IPv6 socket.
    address: (message.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    json: () => readJson(message),
  };
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const type = message.headers['content-type'] ?? '';
  if (!/^application\/json(\s*;|$)/.test(type))
    throw new Refusal(415, 'body-type', 'the body is not declared as JSON', 'content-type: application/json');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limits.BODY_BYTES)
      throw new Refusal(
        413,
        'body-too-large',
        `the body has more than ${limits.BODY_BYTES} bytes`,
        undefined,
        {
          connection: 'close',
        },
      );
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new Refusal(400, 'body-invalid', 'the body is not JSON in UTF-8');
  }
}
