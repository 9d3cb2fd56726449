/** A file that a server may give only once: asked for again only when the server cannot have seen the question. */
import { UserError } from '../../errors.ts';
import { shownAddress } from './address.ts';
import { type Attempt, persist } from './patience.ts';
import { requestFailure } from './request-failure.ts';

/** For one answer, from its first byte to its last. */
const ANSWER_LIMIT_MS = 60_000;
/** As curl's user would want it: some moves of a static file, no circles. */
const REDIRECTS = 5;
const LOOK = 'look at the messages and the status page of the server';
const ONCE = ['what it gives only once may be used up: start the machine again from the network'];

export interface FetchOnceOptions {
  readonly url: string;
  /** What it is, for messages: `configuration`. */
  readonly noun: string;
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
  /** How long a server that cannot be reached is asked again. */
  readonly patienceMs: number;
  /** What to do when it fails; as for what is given only once when absent. */
  readonly next?: readonly string[];
  /** For tests. */
  readonly answerLimitMs?: number;
}

/** @returns The body. @throws {UserError} which names the address without its secrets. */
export async function fetchOnce(options: FetchOnceOptions): Promise<Uint8Array> {
  const { url, noun, signal, patienceMs, next = ONCE } = options;
  const result = await persist(patienceMs, signal, () => get(options));
  if ('value' in result) return result.value;
  throw new UserError('fetch-failed', `the ${noun} could not be fetched`, {
    where: shownAddress(url),
    seen: result.reason,
    next: [LOOK, ...next],
  });
}

async function get({
  url,
  maximumBytes,
  signal,
  answerLimitMs = ANSWER_LIMIT_MS,
}: FetchOnceOptions): Promise<Attempt<Uint8Array>> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]);
  let at = new URL(url);
  let isAnswered = false;
  try {
    for (let redirects = 0; ; redirects++) {
      const response = await fetch(withoutPerson(at), {
        redirect: 'manual',
        headers: { accept: '*/*', ...personOf(at) },
        signal: limit,
      });
      isAnswered = true;
      const location =
        response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (location === null) return await bodyOf(response, maximumBytes);
      await response.body?.cancel();
      if (redirects === REDIRECTS) return final(`more than ${REDIRECTS} redirects`);
      if (!URL.canParse(location, at.href)) return final('it redirects to what is no address');
      const next = new URL(location, at);
      if (next.protocol !== at.protocol && next.protocol !== 'https:')
        return final('it redirects to an address that is not https');
      at = next;
    }
  } catch (error) {
    signal.throwIfAborted();
    const { reason, isUnsent } = requestFailure(error);
    return { reason, passing: isUnsent && !isAnswered };
  }
}

async function bodyOf(response: Response, maximumBytes: number): Promise<Attempt<Uint8Array>> {
  if (response.status !== 200) {
    const words = await refusalOf(response);
    return final(`it answers ${response.status}${words === undefined ? '' : `: ${words}`}`);
  }
  const body = await boundedBody(response, maximumBytes);
  return body === undefined ? final(`it gives more than ${maximumBytes} bytes`) : { value: body };
}

/** The words of a refusal of `basalt serve`. */
async function refusalOf(response: Response): Promise<string | undefined> {
  const body = await boundedBody(response, 16 * 1024);
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body)) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when there is more. */
async function boundedBody(response: Response, maximumBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop ends the transfer.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maximumBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function final(reason: string): { readonly reason: string; readonly passing: false } {
  return { reason, passing: false };
}

/** fetch refuses addresses with a user. */
function withoutPerson(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
}

/** RFC 7617. */
function personOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}
