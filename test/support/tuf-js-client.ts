/** tuf-js, the maintained client in TypeScript, as a client that has only a root. */
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Updater } from 'tuf-js';

/** @returns Path of a target → its text; undefined for one that the repository does not name. */
export async function readByTufJs(options: {
  readonly root: string;
  readonly url: string;
  readonly targets: readonly string[];
}): Promise<Readonly<Record<string, string | undefined>>> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-tuf-js-'));
  try {
    const [metadataDir, targetDir] = [join(folder, 'metadata'), join(folder, 'targets')];
    for (const each of [metadataDir, targetDir]) await mkdir(each);
    await copyFile(options.root, join(metadataDir, 'root.json'));
    const updater = new Updater({
      metadataDir,
      metadataBaseUrl: `${options.url}/metadata`,
      targetDir,
      targetBaseUrl: `${options.url}/targets`,
    });
    await updater.refresh();
    const found: Record<string, string | undefined> = {};
    for (const path of options.targets) {
      const info = await updater.getTargetInfo(path);
      found[path] = info && (await readFile(await updater.downloadTarget(info), 'utf8'));
    }
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
