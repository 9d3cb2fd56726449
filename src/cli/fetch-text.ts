/** Fetches a small text that a person asked for. */
import { messageOf, UserError } from '../errors.ts';

const MAXIMUM_BYTES = 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** Some moves of a static file, no circles. */
const REDIRECTS = 5;

/**
 * Redirects are followed, but not from https to http: keys and configurations say who gets into a machine.
 * @throws {UserError} when it cannot be had, is too long, or is no text.
 */
export async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const fail = (seen: string, cause?: unknown) =>
    new UserError('fetch-failed', 'the address cannot be fetched', {
      seen,
      next: ['look at the address, and at the network of this machine'],
      cause,
    });
  try {
    const response = await follow(url, AbortSignal.any([signal, timeout]), fail);
    if (!response.ok) throw fail(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const part of response.body ?? []) {
      sizeBytes += part.length;
      if (sizeBytes > MAXIMUM_BYTES) throw fail('it has more than 1 MiB');
      parts.push(part);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch (error) {
    if (error instanceof UserError || signal.aborted) throw error;
    if (timeout.aborted) throw fail(`no answer within ${TIMEOUT_MS / 1000} s`, error);
    // Node.js tells the reason as the cause: `fetch failed` says nothing.
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw fail(reason instanceof TypeError ? 'it is not UTF-8 text' : messageOf(reason), error);
  }
}

async function follow(
  url: string,
  signal: AbortSignal,
  fail: (seen: string) => UserError,
): Promise<Response> {
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(at, { redirect: 'manual', signal });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    if (redirects === REDIRECTS) throw fail(`more than ${REDIRECTS} redirects`);
    if (!URL.canParse(location, at)) throw fail('it redirects to what is no address');
    const next = new URL(location, at);
    if (next.protocol !== 'https:' && next.protocol !== new URL(at).protocol)
      throw fail(`it redirects to ${next.protocol}//${next.host}, which is not https`);
    at = next.href;
  }
}
