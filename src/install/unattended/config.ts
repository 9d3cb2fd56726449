/** The cloud-config of an installation without questions: fetched once, and checked before anything is written. */
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readUserData, USER_DATA_MAXIMUM_CHARACTERS } from '../../cloud-config/read.ts';
import { exitCodes, messageOf, type Problem, UserError } from '../../errors.ts';
import { shownAddress } from './address.ts';
import { fetchOnce } from './fetch-once.ts';
import type { ConfigSource } from './plan.ts';

export interface ReadConfigOptions {
  readonly signal: AbortSignal;
  /** How long a server that cannot be reached is asked again. */
  readonly patienceMs: number;
}

/** A configuration that a machine takes. */
export interface CheckedConfig {
  readonly text: string;
  /** Where it is from, for messages. */
  readonly file: string;
  /** What is allowed, and probably not meant. */
  readonly warnings: readonly Problem[];
}

/** @throws {UserError} when it cannot be had, or with every problem of it. */
export async function readConfig(source: ConfigSource, options: ReadConfigOptions): Promise<CheckedConfig> {
  switch (source.kind) {
    case 'text':
      return checkConfig(source.text, source.file);
    case 'file':
      return checkConfig(await textOf(await fileOf(source.path), source.path), source.path);
    case 'url': {
      const file = shownAddress(source.url);
      const body = await fetchOnce({
        ...options,
        url: source.url,
        noun: 'configuration',
        maximumBytes: USER_DATA_MAXIMUM_CHARACTERS,
      });
      return checkConfig(await textOf(body, file), file);
    }
  }
}

/** Checks it as the machine will. @throws {UserError} with every problem. */
function checkConfig(text: string, file: string): CheckedConfig {
  const read = readUserData(text, { file });
  if (read.kind !== 'invalid')
    return { text, file, warnings: read.kind === 'cloud-config' ? read.warnings : notes(read.kind, file) };
  const count = read.problems.length === 1 ? 'a problem' : `${read.problems.length} problems`;
  throw new UserError('cloud-config-invalid', `the configuration has ${count}: nothing was written`, {
    problems: read.problems,
    exitCode: exitCodes.invalidInput,
  });
}

function notes(kind: 'script' | 'empty', file: string): readonly Problem[] {
  const message =
    kind === 'script' ? 'a script, which is not checked further' : 'empty: the machine keeps its defaults';
  return [{ file, line: 0, column: 0, message }];
}

async function fileOf(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > USER_DATA_MAXIMUM_CHARACTERS)
      throw new Error(`it has ${size} bytes, more than ${USER_DATA_MAXIMUM_CHARACTERS}`);
    return await readFile(path);
  } catch (cause) {
    throw new UserError('config-missing', 'the configuration cannot be read', {
      where: path,
      seen: messageOf(cause),
      exitCode: exitCodes.invalidInput,
      cause,
    });
  }
}

/** Plain, or packed by gzip, as the machine itself takes it. */
async function textOf(bytes: Uint8Array, file: string): Promise<string> {
  try {
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = isPacked
      ? await promisify(gunzip)(bytes, { maxOutputLength: USER_DATA_MAXIMUM_CHARACTERS })
      : bytes;
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain);
  } catch (cause) {
    throw new UserError('config-unreadable', 'the configuration is not UTF-8 text', {
      where: file,
      seen: messageOf(cause),
      exitCode: exitCodes.invalidInput,
      cause,
    });
  }
}
