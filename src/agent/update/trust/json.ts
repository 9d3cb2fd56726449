/** JSON from a server that nobody vouches for yet. */
import { FormatError } from '../../../release-format/value.ts';
import { decodeUtf8 } from '../../machine/utf8.ts';

/** TUF's own documents have six levels. The parser of QuickJS calls itself for each one, on a stack that ends. */
const MAXIMUM_DEPTH = 32;

/** @throws {FormatError} for what is not UTF-8, not JSON, or nested too deeply. */
export function parseUntrustedJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  if (typeof text === 'number') throw new FormatError(`it is not text: byte ${text} is not UTF-8`);
  if (depthOf(bytes) > MAXIMUM_DEPTH) {
    throw new FormatError(`it is nested more than ${MAXIMUM_DEPTH} levels deep`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError('it is not JSON');
  }
}

/** How deep brackets go, those within texts left out. Right for JSON; for anything else the parser decides. */
function depthOf(bytes: Uint8Array): number {
  const QUOTE = 0x22;
  const BACKSLASH = 0x5c;
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (inText) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inText = false;
      continue;
    }
    if (byte === QUOTE) inText = true;
    // [ { and ] }
    else if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return deepest;
}
