/** The page of a stream for people: templates/streams/stream.html.hbs. */
import { renderTemplate } from '../../templating/render.ts';
import { formatSize } from '../../units.ts';
import { type Changes, growth } from '../changes/compare.ts';
import type { ShortChangelog } from '../changes/short-changelog.ts';
import { offersIn, type PlacedOffer } from './offer.ts';
import type { Offer, Stream } from './stream.ts';

/** What changed between two versions, as a page tells it. */
export interface ToldChanges {
  readonly changes: Changes;
  readonly changelogs: readonly ShortChangelog[];
}

export interface PageOptions {
  readonly stream: Stream;
  /** `PLATFORM ARCHITECTURE` → what changed since what the stream offered before. */
  readonly changes: ReadonlyMap<string, ToldChanges>;
  readonly template: { readonly text: string; readonly file: string };
}

/** CVE numbers beside the name of a package: a kernel can have hundreds. */
const MOST_CVES = 12;

/** Pure. */
export function renderPage({ stream, changes, template }: PageOptions): string {
  const offers = offersIn(stream).map((each) =>
    offerView(each, changes.get(`${each.platform} ${each.architecture}`)),
  );
  return renderTemplate(
    template.text,
    { stream: stream.stream, updated: stream.updatedAt.slice(0, 10), offers },
    template.file,
  );
}

function offerView({ platform, architecture, offer }: PlacedOffer, told: ToldChanges | undefined) {
  const changes = told?.changes;
  const {
    version,
    publishedAt,
    rootHash,
    kernelRelease,
    formats,
    files,
    sums,
    aws,
    previous,
    liveArguments,
  } = offer;
  const { pxe } = formats;
  const rows = (all: Offer['formats']) =>
    Object.entries(all).map(([name, { location, sizeBytes, sha256 }]) => ({
      name,
      location,
      file: decodeURIComponent(location.split('/').at(-1) ?? ''),
      size: formatSize(sizeBytes),
      sha256,
    }));
  return {
    platform,
    image: offer.image ?? platform,
    installs: offer.image !== undefined,
    architecture,
    version,
    published: publishedAt.slice(0, 10),
    rootHash,
    kernelRelease,
    formats: rows(formats),
    files: rows(files),
    pxe: pxe !== undefined && liveArguments !== undefined,
    liveArguments: liveArguments ?? '',
    kernel: files.kernel?.location ?? '',
    sums: sums.location,
    signed: sums.signature !== undefined,
    signature: sums.signature?.location ?? '',
    signatureFile: sums.signature?.location.split('/').at(-1) ?? '',
    key: sums.signature?.key ?? '',
    keyFile: sums.signature?.key.split('/').at(-1) ?? '',
    amis: Object.entries(aws?.regions ?? {}).map(([region, { image: ami }]) => ({ region, ami })),
    onAws: aws !== undefined,
    previous: previous?.version ?? '',
    changed: changes !== undefined,
    changes: changes === undefined ? [] : changeRows(changes),
    unchanged: changes !== undefined && changeRows(changes).length === 0,
    changelogs: (told?.changelogs ?? []).filter(({ known }) => known).map(changelogView),
    unknownChangelogs: (told?.changelogs ?? [])
      .filter(({ known }) => !known)
      .map(({ source }) => source)
      .join(', '),
    sizes: changes === undefined ? [] : sizeRows(changes),
  };
}

function changeRows({ added, removed, changed }: Changes) {
  const row = (kind: string) => (each: Changes['added'][number]) => {
    const bytes = growth(each);
    const sign = bytes < 0 ? '−' : '+';
    return {
      kind,
      name: each.name,
      before: each.before ?? '',
      after: each.after ?? '',
      growth: bytes === 0 ? '' : `${sign}${formatSize(Math.abs(bytes))}`,
    };
  };
  return [...changed.map(row('changed')), ...added.map(row('added')), ...removed.map(row('removed'))];
}

function changelogView({ source, packages, cves, entries, moreLines }: ShortChangelog) {
  const more = cves.length - MOST_CVES;
  return {
    source,
    packages: packages.join(', '),
    cves: [...cves.slice(0, MOST_CVES), ...(more > 0 ? [`and ${more} more`] : [])].join(', '),
    entries,
    cut: moreLines > 0,
    more: `${moreLines} ${moreLines === 1 ? 'line' : 'lines'}`,
  };
}

/** Files of the build by role and format, whose size changed. */
function sizeRows({ artifacts }: Changes) {
  const size = (bytes: number | undefined) => (bytes === undefined ? 'none' : formatSize(bytes));
  return artifacts
    .filter(({ beforeBytes, afterBytes }) => beforeBytes !== afterBytes)
    .map(({ name, beforeBytes, afterBytes }) => ({
      name,
      before: size(beforeBytes),
      after: size(afterBytes),
    }));
}
