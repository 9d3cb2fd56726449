/** Cryptography by the machine's programs: in QuickJS, checking one signature would take seconds. */
import { type Host, HostError } from '../../host.ts';
import { withScratchFiles } from '../../machine/scratch.ts';
import type { Cryptography } from './cryptography.ts';

/** An Ed25519 key as SubjectPublicKeyInfo in DER, up to its 32 bytes: RFC 8410, sections 4 and 10. */
const SPKI_PREFIX = '302a300506032b6570032100';
const TIMEOUT_MS = 30_000;

/** By openssl(1) and sha256sum(1). @throws {HostError} from its methods, when the programs cannot run. */
export function machineCryptography(host: Host): Cryptography {
  return {
    verifySignature: (publicKey, message, signature) =>
      withScratchFiles(
        host,
        { key: bytesOf(SPKI_PREFIX + publicKey), message, signature: bytesOf(signature) },
        (paths) => verify(host, paths),
      ),
    sha256(bytes) {
      const { exitCode, stdout, stderr } = host.run(['sha256sum'], { input: bytes, timeoutMs: TIMEOUT_MS });
      const digest = /^[0-9a-f]{64}(?= )/.exec(stdout)?.[0];
      if (exitCode !== 0 || digest === undefined) {
        throw new HostError('sha256sum', stderr.trim() || `exit code ${exitCode}`);
      }
      return digest;
    },
  };
}

function verify(host: Host, paths: { key: string; message: string; signature: string }): boolean {
  const { exitCode, stdout, stderr } = host.run(
    [
      'openssl',
      'pkeyutl',
      '-verify',
      '-rawin',
      '-pubin',
      '-keyform',
      'DER',
      '-inkey',
      paths.key,
      '-sigfile',
      paths.signature,
      '-in',
      paths.message,
    ],
    { timeoutMs: TIMEOUT_MS },
  );
  if (exitCode === 0 && stdout.includes('Signature Verified Successfully')) return true;
  // Its exit code is the same for a full disk, which is no fault of who signed.
  if (exitCode === 1 && stdout.includes('Signature Verification Failure')) return false;
  throw new HostError('openssl pkeyutl -verify', stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`);
}

function bytesOf(hexadecimal: string): Uint8Array {
  const bytes = new Uint8Array(hexadecimal.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(hexadecimal.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}
