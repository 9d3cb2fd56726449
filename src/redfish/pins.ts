/** A file of pinned certificates, for many BMCs: on each line an address and the SHA-256 fingerprint of its certificate. */
import { readFile } from 'node:fs/promises';
import { messageOf, type Problem, UserError } from '../errors.ts';
import { type BmcAddress, parseAddress } from './address.ts';
import { parseFingerprint } from './trust.ts';

/** The fingerprint that a file has for an address; undefined when it has none. @throws {UserError} */
export async function readPin(path: string, address: BmcAddress): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError('bmc-pins-unreadable', 'the file with pinned certificates cannot be read', {
      where: path,
      seen: messageOf(cause),
      cause,
    });
  });
  return parsePins(path, text).get(address.shown);
}

/** Address → fingerprint. Empty lines and those that begin with # say nothing. @throws {UserError} with all mistakes. */
export function parsePins(path: string, text: string): ReadonlyMap<string, string> {
  const pins = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [name = '', ...rest] = line.trim().split(/\s+/);
    const fingerprint = parseFingerprint(rest.join(''));
    const wrong = (message: string, hint: string) =>
      problems.push({ file: path, line: index + 1, column: 1, message, hint });
    if (fingerprint === undefined) {
      wrong('this is no address with a fingerprint', 'such as: 10.0.0.9 AB:CD:…, 32 bytes of SHA-256');
      continue;
    }
    try {
      const { shown } = parseAddress(name);
      if ((pins.get(shown) ?? fingerprint) !== fingerprint)
        wrong(`${shown} has two fingerprints`, 'keep the right one');
      pins.set(shown, fingerprint);
    } catch (error) {
      wrong(messageOf(error), 'a name or an address, with its port when it is not 443');
    }
  }
  if (problems.length > 0)
    throw new UserError('bmc-pins-invalid', 'the file with pinned certificates has mistakes', { problems });
  return pins;
}
