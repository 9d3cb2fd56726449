/** The files a recipe brings, read and rendered: the last impure step before planning. */
import type { RootEntry } from './catalogue.ts';

/** Where the content behind a digest is. */
export type Source =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string }
  /** A package: its addresses, tried in order. */
  | { readonly kind: 'download'; readonly uri: string; readonly sizeBytes: number; readonly name: string };

/** Digest → where the bytes are. Never part of a stage's digest: the same content may lie anywhere. */
export type Sources = ReadonlyMap<string, Source>;

/** What planning needs of the recipe's files. */
export interface RecipeContent {
  /** In the order in which they are laid over the tree: a later entry replaces an earlier one of the same path. */
  readonly entries: readonly RootEntry[];
  readonly hooks: readonly {
    readonly sha256: string;
    readonly environment: Readonly<Record<string, string>>;
  }[];
  /** Names and versions of what runs the hooks; empty without hooks. */
  readonly hookRuntime: string;
  /** Basalt's own parts: dracut module, repart definitions, ESP files; each under a name. */
  readonly sources: Sources;
}
