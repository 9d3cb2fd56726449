/** Finding all files of a recipe: what it extends, then features, then itself, each after what it builds on. */
import { dirname, join, resolve } from 'node:path';
import type { Problem } from '../errors.ts';
import { suggestion } from '../yaml/nearest.ts';
import { textsAt, valueAt } from '../yaml/value-path.ts';
import { featureName } from './scalars.ts';
import {
  featuresFolder,
  firstFile,
  isPath,
  nameOf,
  namesIn,
  type RecipeSource,
  readSource,
} from './source.ts';
import { type LayerKind, type Validation, validate } from './validate.ts';

/** A file of a recipe, in the order of merging. */
export interface Layer extends Validation {
  readonly kind: LayerKind;
  readonly name: string;
  readonly source: RecipeSource;
}

/** The files, and the problems of finding them; those of each file are in its layer. */
export interface Layers {
  readonly layers: readonly Layer[];
  readonly problems: readonly Problem[];
}

/** Reads `file` and all it builds on, with `settings` on top. Never throws for what is in the files. */
export async function readLayers(file: string, imagesDir: string, settings: RecipeSource): Promise<Layers> {
  const walk = new LayerWalk(imagesDir);
  await walk.addFile('recipe', file, []);
  await walk.add('settings', '--set', settings, []);
  return walk;
}

class LayerWalk implements Layers {
  readonly layers: Layer[] = [];
  readonly problems: Problem[] = [];
  private readonly done = new Set<string>();

  constructor(private readonly imagesDir: string) {}

  /** @param chain The files that led here, outermost first. */
  async addFile(kind: LayerKind, file: string, chain: readonly string[]): Promise<void> {
    if (this.done.has(resolve(file))) return;
    await this.add(kind, nameOf(file), await readSource(file), [...chain, file]);
    this.done.add(resolve(file));
  }

  async add(kind: LayerKind, name: string, source: RecipeSource, chain: readonly string[]): Promise<void> {
    if (kind === 'recipe') await this.addBase(source, chain);
    for (const feature of textsAt(source.value, ['features'])) {
      if (featureName.safeParse(feature.value).success)
        await this.addFeature(feature.value, feature.path, source, chain);
    }
    this.layers.push({ kind, name, source, ...(await validate(source, kind)) });
  }

  private async addBase(source: RecipeSource, chain: readonly string[]): Promise<void> {
    const base = valueAt(source.value, ['extends']);
    if (typeof base !== 'string' || base.trim() === '' || base.includes('\0')) return;
    const folder = dirname(source.file);
    const candidates = isPath(base)
      ? [base.startsWith('/') ? base : join(folder, base)]
      : [join(folder, `${base}.yaml`), join(this.imagesDir, `${base}.yaml`)];
    const file = await firstFile(candidates);
    if (file === undefined) {
      const known = isPath(base) ? '' : `; ${suggestion(base, await namesIn(folder), 'recipes there')}`;
      this.problems.push({
        ...source.place(['extends']),
        message: `extends is "${base}", which does not exist`,
        hint: `looked for ${candidates[0]}${known}`,
      });
      return;
    }
    await this.follow('recipe', file, chain, source, ['extends']);
  }

  private async addFeature(
    name: string,
    path: readonly PropertyKey[],
    source: RecipeSource,
    chain: readonly string[],
  ): Promise<void> {
    const folder = featuresFolder(this.imagesDir);
    const file = await firstFile([join(folder, `${name}.yaml`)]);
    if (file !== undefined) return this.follow('feature', file, chain, source, path);
    this.problems.push({
      ...source.place(path),
      message: `feature "${name}" does not exist`,
      hint: suggestion(name, await namesIn(folder), `features in ${folder}`),
    });
  }

  private async follow(
    kind: LayerKind,
    file: string,
    chain: readonly string[],
    source: RecipeSource,
    path: readonly PropertyKey[],
  ): Promise<void> {
    const start = chain.findIndex((earlier) => resolve(earlier) === resolve(file));
    if (start < 0) return this.addFile(kind, file, chain);
    const circle = [...chain.slice(start), file].map(nameOf).join(' -> ');
    this.problems.push({
      ...source.place(path),
      message: `a circle: ${circle}`,
      hint: 'remove one of its links',
    });
  }
}
