/** Private ed25519 keys in files (PKCS #8, PEM) that only their owner can read. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { constants, open, readFile, stat } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.ts';
import { keyIdOf, publicKeyHex, type Signer } from './signer.ts';

/** Makes a key. Never overwrites a file. */
export async function makeKeyFile(path: string): Promise<Signer> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  try {
    await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await file.sync();
  } finally {
    await file.close();
  }
  return openKeyFile(path);
}

/** @throws {UserError} when others could read the file, or it is no such key. */
export async function openKeyFile(path: string): Promise<Signer> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new UserError('key-readable', 'others than its owner can use a private key', {
      where: path,
      seen: `mode ${(mode & 0o777).toString(8).padStart(4, '0')}`,
      needed: 'mode 0600: whoever has the key can publish updates',
      next: [`chmod 0600 ${path}`, 'if somebody else may have read it: ./basalt release rotate'],
    });
  }
  const key = parse(path, await readFile(path));
  const publicKey = publicKeyHex(createPublicKey(key));
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    file: path,
    sign: async (bytes) => sign(undefined, bytes, key),
  };
}

function parse(path: string, pem: Buffer) {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new Error(`a key of the type ${key.asymmetricKeyType}`);
  } catch (cause) {
    throw new UserError('key-invalid', 'this is not a key for a repository', {
      where: path,
      seen: messageOf(cause),
      needed: 'an ed25519 private key, as PKCS #8 in PEM form',
      next: ['openssl genpkey -algorithm ed25519 makes one'],
      cause,
    });
  }
}
