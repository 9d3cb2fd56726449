/** Private keys in files that only their owner reads, and that are never written twice. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { constants, open, readFile, rename, rm } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.ts';

/** A key, and whether it was made just now. */
export interface OpenedKey {
  readonly key: KeyObject;
  readonly isNew: boolean;
}

/** Opens a key, and makes it first when there is none. @throws {UserError} when the file holds something else. */
export async function openKey(path: string): Promise<OpenedKey> {
  const text = await readText(path);
  if (text !== undefined) return { key: parseKey(path, text), isNew: false };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeNew(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return { key: privateKey, isNew: true };
}

/** A file's text; undefined when there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a file that is no secret, whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await writeNew(temporary, text, 0o644);
  await rename(temporary, path);
}

/** `wx`: fails rather than overwrite. */
async function writeNew(path: string, text: string, mode = 0o600): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function parseKey(path: string, text: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
    throw new Error(
      `a key of the type ${key.asymmetricKeyType} ${key.asymmetricKeyDetails?.namedCurve ?? ''}`,
    );
  } catch (cause) {
    throw new UserError('key-invalid', 'this is not a key that was made here', {
      where: path,
      seen: messageOf(cause),
      needed: 'an ECDSA key on P-256, in PEM form',
      next: ['move it away, or name another folder with --output'],
      cause,
    });
  }
}
