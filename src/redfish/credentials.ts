/** The password of a BMC: from the environment or from a file that only its owner reads, never from the command line. */
import { open } from 'node:fs/promises';
import { exitCodes, messageOf, UserError } from '../errors.ts';
import type { Credentials } from './login.ts';
import { Secret } from './secret.ts';

/** The environment variable. */
const PASSWORD_VARIABLE = 'BASALT_BMC_PASSWORD';
/** Bits of the mode by which others may read or change a file. */
const OTHERS = 0o077;
const MOST_BYTES = 4096;

/**
 * @param file Its first line is the password; it wins over the environment.
 * @throws {UserError} when there is none, or when others may read the file.
 */
export async function readCredentials(
  user: string,
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Credentials> {
  const password = file === undefined ? env[PASSWORD_VARIABLE] : await readPassword(file);
  if (password !== undefined && password !== '') return { user, password: new Secret(password) };
  throw new UserError('bmc-password-missing', 'the password of the BMC is not given', {
    exitCode: exitCodes.usage,
    ...(file === undefined ? {} : { where: file, seen: 'an empty first line' }),
    needed: `--password-file FILE, or ${PASSWORD_VARIABLE} in the environment`,
  });
}

async function readPassword(path: string): Promise<string> {
  const file = await open(path).catch((cause: unknown) => {
    throw new UserError('bmc-password-unreadable', 'the file with the password cannot be read', {
      where: path,
      seen: messageOf(cause),
      cause,
    });
  });
  try {
    // Of the file that is read, not of what stands there a moment later.
    const { mode, size } = await file.stat();
    if ((mode & OTHERS) !== 0) {
      throw new UserError('bmc-password-open', 'others may read the file with the password', {
        where: path,
        seen: `mode ${(mode & 0o777).toString(8).padStart(3, '0')}`,
        needed: 'mode 600 or 400',
        next: [`chmod 600 ${path}`],
      });
    }
    if (size > MOST_BYTES) {
      throw new UserError('bmc-password-unreadable', 'this is no file with a password', {
        where: path,
        seen: `${size} bytes`,
        needed: `at most ${MOST_BYTES}`,
      });
    }
    return (await file.readFile('utf8')).split(/\r?\n/, 1)[0] ?? '';
  } finally {
    await file.close();
  }
}
