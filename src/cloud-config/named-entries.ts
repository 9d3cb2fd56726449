/** Lists whose entries have names, each name once. */
import type { Part } from './part.ts';
import type { Report } from './report.ts';

/** An entry, and its name's own place. */
export interface NamedEntry {
  readonly entry: Part;
  readonly name: Part;
  /** No entry before it has this name. */
  readonly isFirst: boolean;
}

/**
 * The entries that have a `name`; a second one of the same name is a problem.
 * @param what Such as `the unit`, for the message.
 */
export function namedEntries(part: Part | undefined, report: Report, what: string): NamedEntry[] {
  const names = new Map<string, Part>();
  return (part?.items ?? []).flatMap((entry) => {
    const name = entry.get('name');
    if (name === undefined) return [];
    const earlier = names.get(name.text);
    if (earlier === undefined) names.set(name.text, name);
    else
      report.problem(
        name.place,
        `${what} ${name.text} is there twice: first in line ${earlier.place.line}`,
        'join the two entries',
      );
    return [{ entry, name, isFirst: earlier === undefined }];
  });
}
