/**
 * The changelogs that a page shows. They come from the packages in the store, which only the machine that made a build has:
 * what one machine has read is kept in the place, so that another one that publishes into the same stream does not lose it.
 */
import { z } from 'zod';
import { InterruptedError, messageOf } from '../../errors.ts';
import type { Workshop } from '../../inspect/workshop.ts';
import { canonicalJson } from '../../store/digest.ts';
import type { Changes } from '../changes/compare.ts';
import type { Contents } from '../changes/contents.ts';
import { withChangelogs } from '../changes/package-changelogs.ts';
import {
  joinChangelogs,
  type ShortChangelog,
  shortChangelogSchema,
  shortenChangelogs,
} from '../changes/short-changelog.ts';

const keptSchema = z.object({ basaltChangelogs: z.literal(1), changelogs: z.array(shortChangelogSchema) });

/**
 * What is known of the changes, by this machine's store and by what was kept; one for each source of a changed package.
 * A page without changelogs is better than a release without a page: what goes wrong with them is told, and no failure.
 * @param kept What is in the place; undefined when nothing is.
 */
export async function readChangelogs(
  changes: Changes,
  after: Contents,
  kept: Uint8Array | undefined,
  options: { readonly workshop: Workshop; readonly onWarning: (text: string) => void },
): Promise<readonly ShortChangelog[]> {
  const before = parseKept(kept);
  const sources = new Set(changes.changed.map(({ source }) => source));
  if ([...sources].every((source) => before.some((each) => each.source === source && each.known))) {
    return before.filter(({ source }) => sources.has(source));
  }
  const { workshop, onWarning } = options;
  const read = await withChangelogs(changes, after, workshop).catch((error: unknown) => {
    if (workshop.signal.aborted || error instanceof InterruptedError) throw error;
    onWarning(`the changelogs of ${after.image ?? 'the image'} could not be read: ${messageOf(error)}`);
    return { ...changes, changelogs: [...sources].map(unread(changes)) };
  });
  return joinChangelogs(shortenChangelogs(read.changelogs), before);
}

/** As it is kept; undefined when there is nothing to keep. Equal changelogs have equal bytes. */
export function keptChangelogs(changelogs: readonly ShortChangelog[]): Uint8Array | undefined {
  if (!changelogs.some(({ known }) => known)) return undefined;
  return Buffer.from(`${canonicalJson({ basaltChangelogs: 1, changelogs })}\n`);
}

/** What cannot be read is as if it were not there: it is only for the page, and is written anew. */
function parseKept(bytes: Uint8Array | undefined): readonly ShortChangelog[] {
  if (bytes === undefined) return [];
  try {
    return keptSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).changelogs;
  } catch {
    return [];
  }
}

function unread({ changed }: Changes) {
  return (source: string) => ({
    source,
    packages: changed.filter((each) => each.source === source).map(({ name }) => name),
    entries: [],
  });
}
