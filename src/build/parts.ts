/** Reads Basalt's own files that go into images, from `templates/boot`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedFile } from '../plan/catalogue.ts';
import type { Source } from '../plan/content.ts';
import type { Parts } from '../plan/parts.ts';
import { digestFile } from '../store/digest.ts';

const DRACUT_MODULE = '90basalt';

/** @param home The project's folder. */
export async function readParts(home: string): Promise<{ parts: Parts; sources: Map<string, Source> }> {
  const boot = join(home, 'templates/boot');
  const sources = new Map<string, Source>();
  const dracutModule: NamedFile[] = [];
  for (const name of (await readdir(join(boot, 'dracut', DRACUT_MODULE))).sort()) {
    const path = join(boot, 'dracut', DRACUT_MODULE, name);
    const sha256 = await digestFile(path);
    sources.set(sha256, { kind: 'file', path });
    const mode = ((await stat(path)).mode & 0o111) === 0 ? 0o644 : 0o755;
    dracutModule.push({ path: `/usr/lib/dracut/modules.d/${DRACUT_MODULE}/${name}`, mode, sha256 });
  }
  return {
    parts: {
      dracutModule,
      repartTemplates: await readTemplates(join(boot, 'repart')),
      repartContentTemplates: await readContentTemplates(join(boot, 'repart/content')),
      loaderConf: await readFile(join(boot, 'loader.conf'), 'utf8'),
      initrdReleaseTemplate: await readFile(join(boot, 'initrd-release.hbs'), 'utf8'),
      osReleaseTemplate: await readFile(join(boot, 'os-release.hbs'), 'utf8'),
    },
    sources,
  };
}

async function readTemplates(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.hbs')).sort();
  return new Map(
    await Promise.all(
      names.map(
        async (name) => [name.replace(/\.hbs$/, ''), await readFile(join(folder, name), 'utf8')] as const,
      ),
    ),
  );
}

/** `content/10-esp.conf.d/content.conf.hbs` → `10-esp.conf`. */
async function readContentTemplates(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(
      names.map(
        async (name) =>
          [name.replace(/\.d$/, ''), await readFile(join(folder, name, 'content.conf.hbs'), 'utf8')] as const,
      ),
    ),
  );
}
