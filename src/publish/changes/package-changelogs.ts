/**
 * Changelogs of changed packages. Images drop documentation, so they come from the packages themselves: a build keeps what
 * it downloaded in the store.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Workshop, withFolder } from '../../inspect/workshop.ts';
import { exists } from '../../store/store.ts';
import type { Changes, PackageChange, SourceChangelog } from './compare.ts';
import type { Contents } from './contents.ts';
import { entriesSince, parseChangelog } from './debian-changelog.ts';

/** deb-changelog(5) and the policy's 12.7: the packaging's own, and of packages that only Debian has. */
const NAMES = ['changelog.Debian.gz', 'changelog.gz', 'changelog.Debian', 'changelog'];

/**
 * Unpacks only documentation, each package on its own. The folder of a package may be a link into another one's: then it
 * has no changelog of its own, and another package of the same source does.
 */
const SCRIPT = `
for deb in /in/*; do
  mkdir "/out/\${deb##*/}"
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "/out/\${deb##*/}" --no-same-owner --wildcards './usr/share/doc/*/changelog*' 2>/dev/null || true
done
`;

/** Adds changelogs to what changed, one for each source package. */
export async function withChangelogs(
  changes: Changes,
  after: Contents,
  workshop: Workshop,
): Promise<Changes> {
  const bySource = new Map<string, PackageChange[]>();
  for (const change of changes.changed) {
    bySource.set(change.source, [...(bySource.get(change.source) ?? []), change]);
  }
  const digests = new Map(after.packages.map(({ name, sha256 }) => [name, sha256]));
  const wanted = [...bySource.values()].flat().flatMap(({ name }) => digests.get(name) ?? []);
  const there = new Set<string>();
  for (const sha256 of wanted) if (await exists(workshop.store.objectPath(sha256))) there.add(sha256);
  if (there.size === 0) {
    return { ...changes, changelogs: [...bySource].map(([source, each]) => missing(source, each)) };
  }
  return withFolder(workshop, async (folder) => {
    const out = join(folder, 'docs');
    await mkdir(out);
    const toolbox = await workshop.toolbox();
    await toolbox.run(['sh', '-euc', SCRIPT], {
      signal: workshop.signal,
      tool: 'dpkg-deb',
      binds: [
        ...[...there].map((sha256) => ({
          source: workshop.store.objectPath(sha256),
          target: `/in/${sha256}`,
        })),
        { source: out, target: '/out', writable: true },
      ],
    });
    const changelogs: SourceChangelog[] = [];
    for (const [source, each] of bySource) changelogs.push(await changelogOf(source, each, digests, out));
    return { ...changes, changelogs };
  });
}

async function changelogOf(
  source: string,
  changes: readonly PackageChange[],
  digests: ReadonlyMap<string, string | undefined>,
  out: string,
): Promise<SourceChangelog> {
  for (const { name, before } of changes) {
    const sha256 = digests.get(name);
    const text = sha256 === undefined ? undefined : await readChangelog(join(out, sha256, 'usr/share/doc'));
    if (text === undefined) continue;
    const entries = entriesSince(parseChangelog(text), before);
    if (entries.length > 0) return { source, packages: changes.map((each) => each.name), entries };
  }
  return missing(source, changes);
}

function missing(source: string, changes: readonly PackageChange[]): SourceChangelog {
  return {
    source,
    packages: changes.map(({ name }) => name),
    entries: [],
    problem:
      'none of its packages in the store has a changelog: build the newer image on this machine to have them',
  };
}

async function readChangelog(folder: string): Promise<string | undefined> {
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    for (const file of NAMES) {
      const bytes = await readFile(join(folder, name, file)).catch(() => undefined);
      if (bytes !== undefined) return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    }
  }
  return undefined;
}
