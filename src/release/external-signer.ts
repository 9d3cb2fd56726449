/**
 * A key that stays elsewhere (a KMS, a PKCS #11 token, another machine): a program signs with it. It gets the bytes on
 * stdin and answers on stdout with the signature: 64 bytes, or the same as hexadecimal or base64 text. A file
 * `NAME.signer.json` describes it:
 *
 *     { "publicKey": "-----BEGIN PUBLIC KEY-----\n…", "command": ["/usr/local/bin/sign-with-kms", "alias/updates"] }
 */
import { createPublicKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { BugError, messageOf, ToolError, UserError } from '../errors.ts';
import { type Command, run } from '../exec/run.ts';
import { isSignature, keyIdOf, publicKeyHex, type Signer } from './signer.ts';

const SIGNATURE_BYTES = 64;
/** An answer longer than a signature in any of its forms is none. */
const MOST_ANSWER_BYTES = 4096;

const schema = z.strictObject({
  /** PEM, or 32 bytes in hexadecimal. */
  publicKey: z.string(),
  command: z.array(z.string().min(1)).min(1),
});

/** @throws {UserError} when the file cannot be used, or others could change what it runs. */
export async function openExternalSigner(path: string, signal: AbortSignal): Promise<Signer> {
  const { mode } = await stat(path);
  if ((mode & 0o022) !== 0) {
    throw new UserError('signer-writable', 'others than its owner can change which program signs', {
      where: path,
      seen: `mode ${(mode & 0o777).toString(8).padStart(4, '0')}`,
      needed: 'a file that only its owner can write',
      next: [`chmod go-w ${path}`],
    });
  }
  const { publicKey, command } = parse(path, await readFile(path, 'utf8'));
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    file: path,
    async sign(bytes) {
      const signature = signatureOf(await answerTo(command, bytes, path, signal));
      // Checked here, so that what another key or a fault signed is never published.
      if (signature !== undefined && isSignature(publicKey, bytes, signature)) return signature;
      throw new UserError('signature-wrong', 'a signing program gave no valid signature', {
        where: path,
        seen:
          signature === undefined
            ? 'an answer that is no ed25519 signature'
            : 'a signature of another key, or of other bytes',
        needed: `an ed25519 signature, by the key ${publicKey}, of what came on stdin`,
      });
    },
  };
}

/** The bytes that a program answers on stdout. It has the caller's environment, where its credentials may be. */
async function answerTo(command: Command, bytes: Uint8Array, where: string, signal: AbortSignal) {
  const chunks: Buffer[] = [];
  try {
    await run(command, {
      signal,
      env: Object.fromEntries(
        Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      input: async (stdin) => {
        // It may end without reading to the end: its exit code says more than a broken pipe.
        stdin.on('error', () => undefined);
        stdin.end(bytes);
      },
      onOutput: async (stdout) => {
        for await (const chunk of stdout) chunks.push(chunk as Buffer);
      },
    });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UserError('signer-failed', 'a signing program failed', {
      where,
      seen: `${error.message}: ${error.stderrTail || 'it said nothing'}`,
      next: [`run it by hand, with any bytes on stdin: ${error.commandLine}`],
      cause: error,
    });
  }
  return Buffer.concat(chunks);
}

/** Pure: the signature in an answer; undefined when there is none. */
export function signatureOf(answer: Buffer): Buffer | undefined {
  if (answer.length === SIGNATURE_BYTES) return answer;
  if (answer.length > MOST_ANSWER_BYTES) return undefined;
  const text = answer.toString('latin1').replace(/\s+/g, '');
  if (/^[0-9a-fA-F]{128}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/]{86}==$/.test(text)) return Buffer.from(text, 'base64');
  return undefined;
}

function parse(path: string, text: string): { publicKey: string; command: Command } {
  try {
    const { publicKey, command } = schema.parse(JSON.parse(text));
    const [program, ...args] = command;
    if (program === undefined) throw new BugError('a command without a program passed its schema');
    return { publicKey: hexOf(publicKey), command: [program, ...args] };
  } catch (cause) {
    throw new UserError('signer-invalid', 'the description of a signing program cannot be used', {
      where: path,
      seen: cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause),
      needed: '{ "publicKey": an ed25519 key in PEM or hexadecimal, "command": [program, arguments…] }',
      cause,
    });
  }
}

function hexOf(publicKey: string): string {
  if (/^[0-9a-f]{64}$/.test(publicKey)) return publicKey;
  const key = createPublicKey(publicKey);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`a key of the type ${key.asymmetricKeyType}`);
  return publicKeyHex(key);
}
