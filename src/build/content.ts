/** Reads and renders the files a recipe brings. */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RootEntry } from '../plan/catalogue.ts';
import type { RecipeContent, Source } from '../plan/content.ts';
import type { FileContent, Recipe } from '../recipe/recipe.ts';
import { digestBytes, digestFile } from '../store/digest.ts';
import { renderTemplate } from '../templating/render.ts';

/** Gathers a recipe's entries in the order in which they are laid over the tree. */
export async function readContent(recipe: Recipe, version: string): Promise<RecipeContent> {
  const sources = new Map<string, Source>();
  const values = { ...recipe.variables, image: recipe.name, version, suite: recipe.suite };
  const entries: RootEntry[] = [];
  for (const overlay of recipe.overlays) entries.push(...(await walkOverlay(overlay.source, '', sources)));
  for (const { path, mode, owner, group } of recipe.directories)
    entries.push({ kind: 'directory', path, mode, owner, group });
  for (const file of recipe.files) {
    const sha256 = await readFileContent(file.content, values, sources);
    entries.push({
      kind: 'file',
      path: file.path,
      mode: file.mode,
      owner: file.owner,
      group: file.group,
      sha256,
    });
  }
  for (const { path, target } of recipe.links) entries.push({ kind: 'symlink', path, target });
  const hooks = await Promise.all(
    recipe.hooks.map(async ({ script, environment }) => ({
      sha256: await addFile(script, sources),
      environment,
    })),
  );
  return { entries, hooks, hookRuntime: hooks.length === 0 ? '' : await hookRuntime(), sources };
}

async function hookRuntime(): Promise<string> {
  const { VERSION } = await import('zx');
  return `Node.js ${process.versions.node}, zx ${VERSION}`;
}

/** A folder laid over the root: owned by root, executable where it is on disk, otherwise 0644. */
async function walkOverlay(
  folder: string,
  inner: string,
  sources: Map<string, Source>,
): Promise<RootEntry[]> {
  const entries: RootEntry[] = [];
  const found = await readdir(join(folder, inner), { withFileTypes: true });
  for (const item of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${inner}/${item.name}`;
    const source = join(folder, path);
    if (item.isSymbolicLink()) entries.push({ kind: 'symlink', path, target: await readlink(source) });
    else if (item.isDirectory()) entries.push(...(await walkOverlay(folder, path, sources)));
    else {
      const mode = ((await stat(source)).mode & 0o111) === 0 ? 0o644 : 0o755;
      entries.push({
        kind: 'file',
        path,
        mode,
        owner: '0',
        group: '0',
        sha256: await addFile(source, sources),
      });
    }
  }
  return entries;
}

async function readFileContent(
  content: FileContent,
  values: Readonly<Record<string, unknown>>,
  sources: Map<string, Source>,
): Promise<string> {
  switch (content.kind) {
    case 'copy':
      return addFile(content.source, sources);
    case 'text':
      return addText(content.text, sources);
    case 'template':
      return addText(
        renderTemplate(await readFile(content.source, 'utf8'), values, basename(content.source)),
        sources,
      );
  }
}

async function addFile(path: string, sources: Map<string, Source>): Promise<string> {
  const sha256 = await digestFile(path);
  sources.set(sha256, { kind: 'file', path });
  return sha256;
}

function addText(text: string, sources: Map<string, Source>): string {
  const sha256 = digestBytes(text);
  sources.set(sha256, { kind: 'text', text });
  return sha256;
}
