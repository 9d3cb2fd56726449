/** Which configuration counts, of what was found now and what is in force. Pure. */
import type { Problem } from '../../errors.ts';
import { generalProblem } from '../report/run-report.ts';
import type { Search } from '../sources/find.ts';
import { noMetadata } from '../sources/metadata.ts';
import type { Metadata } from '../sources/source.ts';
import type { Good } from '../state/state.ts';

export type Decision =
  /** Nothing is configured, and nothing ever was. */
  | { readonly kind: 'none' }
  /** To be read; when it has problems, `Good` stays. */
  | { readonly kind: 'new'; readonly candidate: Omit<Good, 'at'> }
  /** What is in force stays, with what the platform says now. */
  | { readonly kind: 'keep'; readonly metadata: Metadata; readonly problems: readonly Problem[] };

/**
 * A source that is there and cannot be read keeps everything as it is. A source that is gone (a disk that was taken out,
 * a machine that was started without it) takes nothing away either: only the source that gave a configuration does, by
 * being there and having none.
 */
export function decide({ found, failed }: Search, good: Good | undefined): Decision {
  const problems = failed.map(({ source, where, reason }) =>
    generalProblem(where, `the source ${source} cannot be read: ${reason}`),
  );
  if (found?.userData !== undefined) return { kind: 'new', candidate: found };
  if (failed.length > 0)
    return { kind: 'keep', metadata: found?.metadata ?? good?.metadata ?? noMetadata, problems };
  if (found === undefined) {
    return good === undefined ? { kind: 'none' } : { kind: 'keep', metadata: good.metadata, problems: [] };
  }
  if (good?.userData === undefined || good.source === found.source) return { kind: 'new', candidate: found };
  return { kind: 'keep', metadata: found.metadata, problems: [] };
}
