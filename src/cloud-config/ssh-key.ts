/** Public SSH keys, as a line of authorized_keys has them. */
import { decodeBase64 } from './base64.ts';
import type { Fault } from './shape.ts';

/** Types that OpenSSH 10 takes: sshd(8), AUTHORIZED_KEYS FILE FORMAT. DSA is gone since 10.0. */
const TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
];

const EXAMPLE = 'a line of a .pub file, such as "ssh-ed25519 AAAA... name"';

/** What is wrong with a key; undefined when nothing is. */
export function sshKeyFault(key: string): Fault | undefined {
  const line = key.trim();
  if (line === '') return { reason: 'which is empty', hint: EXAMPLE };
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(line))
    return {
      reason: 'which is a private key',
      hint: 'write the public one, from the .pub file beside it; make a new pair, since this one has been given away',
    };
  if (/---- ?BEGIN SSH2 PUBLIC KEY/.test(line))
    return {
      reason: 'which is in the format of RFC 4716',
      hint: 'ssh-keygen -i -f FILE prints it as one line',
    };
  if (/[\r\n]/.test(line))
    return { reason: 'which is more than one line', hint: 'write one key per list item' };
  if (/^(~|\.{0,2}\/)\S*$/.test(line))
    return { reason: 'which is the path of a file', hint: 'write what the .pub file holds' };
  const words = wordsOf(line);
  if (words.some((word) => word === 'ssh-dss'))
    return {
      reason: 'which is a DSA key',
      hint: 'make a new pair with ssh-keygen -t ed25519: OpenSSH has no DSA any more',
    };
  const at = words.findIndex((word) => TYPES.includes(word));
  if (at < 0 || at > 1)
    return { reason: 'which has no type of a public key', hint: `${EXAMPLE}; types: ${TYPES.join(', ')}` };
  return blobFault(TYPES[TYPES.indexOf(words[at] ?? '')] ?? '', words[at + 1]);
}

/** Words of a line; options before the type may have blanks in quotes. */
function wordsOf(line: string): readonly string[] {
  return line.slice(0, 20_000).match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
}

/** The key itself is a list of lengths and contents; the first content is the type again: RFC 4253, 6.6. */
function blobFault(type: string, encoded: string | undefined): Fault | undefined {
  if (encoded === undefined) return { reason: `which ends after "${type}"`, hint: EXAMPLE };
  const bytes = decodeBase64(encoded);
  const hint = 'it may have been cut or wrapped: copy it from the .pub file again';
  if (bytes === undefined || bytes.length < 4) return { reason: 'which is not whole', hint };
  const fields: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length =
      (bytes[at] ?? 0) * 2 ** 24 +
      (bytes[at + 1] ?? 0) * 2 ** 16 +
      (bytes[at + 2] ?? 0) * 2 ** 8 +
      (bytes[at + 3] ?? 0);
    if (at + 4 + length > bytes.length) return { reason: 'which is not whole', hint };
    fields.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const inner = String.fromCharCode(...(fields[0] ?? []).slice(0, 100));
  if (inner !== type) return { reason: `which says "${type}" and holds a key of another type`, hint };
  return fields.length < 2 ? { reason: 'which is not whole', hint } : undefined;
}
