/** Reads Basalt's own files that go into images: from `templates`, and the compiled agent. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../errors.ts';
import type { NamedFile } from '../plan/catalogue.ts';
import type { Source } from '../plan/content.ts';
import type { Parts } from '../plan/parts.ts';
import { digestBytes, digestFile } from '../store/digest.ts';

const DRACUT_MODULE = '90basalt';

/**
 * @param home The project's folder.
 * @param agentFolder The compiled agent; tests that must not depend on its code have another.
 * @param liveFolder The compiled installer, likewise.
 * @throws {UserError} when the agent is not compiled.
 */
export async function readParts(
  home: string,
  agentFolder: string = join(home, 'dist/agent'),
  liveFolder: string = join(home, 'dist/live'),
): Promise<{ parts: Parts; sources: Map<string, Source> }> {
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
      agent: await readAgent(agentFolder, sources),
      repartTemplates: await readTemplates(join(boot, 'repart')),
      repartContentTemplates: await readContentTemplates(join(boot, 'repart/content')),
      machineTemplates: await readMachineTemplates(home),
      live: await readLive(home, liveFolder, sources),
      liveLoaderConf: await readFile(join(home, 'templates/live/loader.conf'), 'utf8'),
      loaderConf: await readFile(join(boot, 'loader.conf'), 'utf8'),
      initrdReleaseTemplate: await readFile(join(boot, 'initrd-release.hbs'), 'utf8'),
      osReleaseTemplate: await readFile(join(boot, 'os-release.hbs'), 'utf8'),
    },
    sources,
  };
}

/** Reads the templates of what stands beside the disk in formats that describe a machine. */
export async function readMachineTemplates(home: string): Promise<Parts['machineTemplates']> {
  const read = (path: string) => readFile(join(home, 'templates', path), 'utf8');
  return {
    ovf: await read('ovf/machine.ovf.hbs'),
    libvirtVagrantfile: await read('vagrant/libvirt.rb.hbs'),
    virtualboxVagrantfile: await read('vagrant/virtualbox.rb.hbs'),
  };
}

/** Where the installer lies in a live system. */
const INSTALLER_FOLDER = '/usr/lib/basalt/installer';

/** What a live system has besides the image: the compiled installer, the templates it offers, and what starts it. */
async function readLive(home: string, folder: string, sources: Map<string, Source>): Promise<NamedFile[]> {
  const add = async (path: string, target: string): Promise<NamedFile> => {
    const text = await readFile(path, 'utf8');
    const sha256 = digestBytes(text);
    sources.set(sha256, { kind: 'text', text });
    const mode = ((await stat(path)).mode & 0o111) === 0 ? 0o644 : 0o755;
    return { path: target, mode, sha256 };
  };
  const below = async (from: string, to: string) => {
    const found = await readdir(from, { recursive: true, withFileTypes: true });
    const names = found
      .filter((entry) => entry.isFile())
      .map((entry) => relative(from, join(entry.parentPath, entry.name)));
    return Promise.all(names.sort().map((name) => add(join(from, name), join(to, name))));
  };
  return [
    ...(await below(folder, INSTALLER_FOLDER)),
    ...(await below(join(home, 'templates/cloud-config'), join(INSTALLER_FOLDER, 'templates/cloud-config'))),
    ...(await below(join(home, 'templates/live/rootfs'), '/')),
  ];
}

/** Kept as texts: a compilation that runs at the same time takes the files away. */
async function readAgent(folder: string, sources: Map<string, Source>): Promise<NamedFile[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UserError('agent-missing', 'the on-host agent is not compiled', {
      where: folder,
      next: ['run npm run compile, or start Basalt with ./basalt, which compiles when a source changed'],
      cause,
    });
  });
  return Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      const sha256 = digestBytes(text);
      sources.set(sha256, { kind: 'text', text });
      return { path: name, mode: 0o644, sha256 };
    }),
  );
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
