/** The reference client of The Update Framework, python3-tuf's ngclient, in the tools tree. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../src/errors.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { unpackDebian } from './debian-packages.ts';

/** Trusts a root, refreshes, and downloads targets; prints what it saw as JSON. */
const CLIENT = `
import glob, json, sys
import certifi

# Debian's bundle is made by a maintainer script; any authority does, since there is no TLS here.
bundle = glob.glob("/debian/usr/share/ca-certificates/mozilla/*.crt")[0]
certifi.where = lambda: bundle

from tuf.ngclient import Updater

url, *paths = sys.argv[1:]
with open("/in/root.json", "rb") as file:
    root = file.read()
try:
    updater = Updater("/work/metadata", url + "/metadata/", "/work/targets", url + "/targets/", bootstrap=root)
except TypeError:
    # Before 6.0 the first root lies in the folder.
    with open("/work/metadata/root.json", "wb") as file:
        file.write(root)
    updater = Updater("/work/metadata", url + "/metadata/", "/work/targets", url + "/targets/")
updater.refresh()
found = {}
for path in paths:
    info = updater.get_targetinfo(path)
    found[path] = None if info is None else updater.download_target(info)
print(json.dumps(found))
`;

export interface ReferenceClient {
  /**
   * Downloads targets as a client that has only a root. What it knows stays in the folder \`name\` for the next time.
   * @returns Path of a target → the file with it; null for one that the repository does not name.
   * @throws {Error} with what the client said.
   */
  get(options: {
    readonly name: string;
    readonly root: string;
    readonly url: string;
    readonly targets: readonly string[];
  }): Promise<Readonly<Record<string, string | null>>>;
}

/** @param folder Gets Python's modules, and what clients keep. */
export async function referenceClient(toolbox: Toolbox, folder: string): Promise<ReferenceClient> {
  await unpackDebian(toolbox, ['python3-tuf'], join(folder, 'debian'));
  await writeFile(join(folder, 'client.py'), CLIENT);
  return {
    async get({ name, root, url, targets }) {
      const work = join(folder, name);
      for (const each of ['metadata', 'targets']) await mkdir(join(work, each), { recursive: true });
      const { stdout } = await toolbox
        .run(['python3', '/in/client.py', url, ...targets], {
          network: true,
          binds: [
            { source: join(folder, 'debian'), target: '/debian' },
            { source: join(folder, 'client.py'), target: '/in/client.py' },
            { source: root, target: '/in/root.json' },
            { source: work, target: '/work', writable: true },
          ],
          env: {
            PYTHONPATH: '/debian/usr/lib/python3/dist-packages',
            LD_LIBRARY_PATH: '/debian/usr/lib/x86_64-linux-gnu',
          },
        })
        .catch((error: unknown) => {
          throw error instanceof ToolError ? new Error(error.stderrTail, { cause: error }) : error;
        });
      const found = JSON.parse(stdout) as Record<string, string | null>;
      return Object.fromEntries(
        Object.entries(found).map(([path, file]) => [path, file?.replace(/^\/work/, work) ?? null]),
      );
    },
  };
}
