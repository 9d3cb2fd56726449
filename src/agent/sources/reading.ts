/** How reading a source fails: parts below say why, the source says where. */
import { HostError } from '../host.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { SourceError, type SourceName } from './source.ts';

/**
 * Runs a part of a source's reading.
 * @param where The exact place, as errors tell it; without credentials.
 * @throws {SourceError} for an {@link Unreadable} and for a failure of the machine.
 */
export function reading<T>(source: SourceName, where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) throw new SourceError(source, where, error.reason);
    if (error instanceof HostError) throw new SourceError(source, where, error.message);
    throw error;
  }
}
