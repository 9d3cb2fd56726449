/** Reads user data. What parses it is loaded only here: a machine without a configuration does not wait for it. */
import type { Problem } from '../../errors.ts';
import type { Good } from '../state/state.ts';
import type { Configuration } from '../wanted/from-configuration.ts';

export type ReadConfiguration =
  | {
      readonly kind: 'good';
      readonly configuration: Configuration;
      readonly warnings: readonly Problem[];
    }
  | { readonly kind: 'bad'; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

export async function readConfiguration({
  userData,
  where,
  metadata,
}: Pick<Good, 'userData' | 'where' | 'metadata'>): Promise<ReadConfiguration> {
  if (userData === undefined) return { kind: 'good', configuration: { kind: 'empty' }, warnings: [] };
  const { readUserData } = await import('../../cloud-config/read.ts');
  const read = readUserData(userData, { file: where, addresses: metadata.addresses });
  if (read.kind === 'invalid') return { ...read, kind: 'bad' };
  return { kind: 'good', configuration: read, warnings: read.kind === 'cloud-config' ? read.warnings : [] };
}
