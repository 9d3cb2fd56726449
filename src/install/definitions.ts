/** What an image needs of a disk: its partition definitions, repart.d(5). */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { alignUp, KIB, MIB, parseSize } from '../units.ts';

/** One definition, as far as an installation looks at it. */
export interface Definition {
  /** `10-esp.conf`. */
  readonly file: string;
  /** Of repart.d(5): `esp`, `root`, `root-verity`, `var`. */
  readonly type: string;
  readonly sizeMinBytes: number;
}

/** systemd-repart aligns partitions to this, and makes them no smaller than its default of 10 MiB when nothing is said. */
const GRAIN_BYTES = 4 * KIB;
const DEFAULT_MINIMUM_BYTES = 10 * MIB;
/** The first partition begins at 1 MiB; the table's copy and the alignment of the last take less than that at the end. */
const TABLES_BYTES = 2 * MIB;

/**
 * Reads an image's definitions, in the order of their names.
 * @throws {UserError} `source-invalid` when they are not those of a Basalt image.
 */
export async function readDefinitions(folder: string): Promise<readonly Definition[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const files = names.filter((name) => name.endsWith('.conf')).sort();
  const definitions = await Promise.all(
    files.map(async (file) => parseDefinition(file, await readFile(join(folder, file), 'utf8'))),
  );
  const types = definitions.map(({ type }) => type).join(', ');
  if (types === 'esp, root-verity, root, root-verity, root, var') return definitions;
  throw new UserError('source-invalid', 'the image to install has no usable partition definitions', {
    seen: types === '' ? 'no files *.conf' : `partitions ${types}`,
    needed: 'esp, two slots of root-verity and root, and var',
    where: folder,
    next: ['use the installer of an image that Basalt built'],
  });
}

/** Pure: reads one file. Of keys that are given twice, the last counts. */
export function parseDefinition(file: string, text: string): Definition {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, value);
  }
  const minimum = values.get('SizeMinBytes');
  const sizeMinBytes = minimum === undefined ? DEFAULT_MINIMUM_BYTES : parseSize(minimum);
  if (sizeMinBytes === undefined)
    throw new UserError('source-invalid', `SizeMinBytes=${minimum} is not a size`, { where: file });
  return { file, type: values.get('Type') ?? '', sizeMinBytes: alignUp(sizeMinBytes, GRAIN_BYTES) };
}

/** Bytes that a disk must have for all of them. Pure. */
export function neededBytes(definitions: readonly Definition[]): number {
  return definitions.reduce((sum, { sizeMinBytes }) => sum + sizeMinBytes, TABLES_BYTES);
}
