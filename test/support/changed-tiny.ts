/** The tiny recipe with changes, built beside the reference build: under the same name, so that stages are shared. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../../src/store/store.ts';
import { basalt, cloneStore, type Outcome, type Reference, tinyRecipe } from './builder.ts';

/** Stages that a change of the root's content leaves as they are. */
export const BEFORE_ROOT = [
  ...['fetch-root', 'fetch-kernel', 'fetch-initrd'],
  ...['packages', 'kernel', 'initrd', 'blank-uki'],
];

export class ChangedTiny {
  private constructor(
    private readonly reference: Reference,
    private readonly folder: string,
    /** Has the stages before the root already. */
    readonly store: Store,
  ) {}

  /** @param folder Gets the store, the recipe in `recipes`, and the outputs. */
  static async make(reference: Reference, folder: string): Promise<ChangedTiny> {
    const store = await cloneStore(reference, join(folder, 'store'), { packages: true, stages: BEFORE_ROOT });
    await mkdir(join(folder, 'recipes'));
    return new ChangedTiny(reference, folder, store);
  }

  /** The arguments that build it into a folder of this name. */
  args(name: string): string[] {
    return [
      ...['build', join(this.folder, 'recipes/tiny.yaml'), '--version', '1.0'],
      ...['--locked', this.reference.lockFile, '--output', join(this.folder, name)],
    ];
  }

  /** Puts these lines into its recipe. */
  change(lines: readonly string[]): Promise<void> {
    const all = [`extends: ${tinyRecipe}`, 'description: Changed by a test', ...lines, ''];
    return writeFile(join(this.folder, 'recipes/tiny.yaml'), all.join('\n'));
  }

  /** Builds it with these lines in its recipe. */
  async build(name: string, lines: readonly string[]): Promise<Outcome> {
    await this.change(lines);
    return basalt(this.args(name), { store: this.store.directory });
  }
}
