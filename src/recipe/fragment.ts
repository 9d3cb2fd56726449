/** One valid file of a recipe with paths made absolute and the place of each entry: what `merge.ts` combines. */
import type { Origin } from '../yaml/origin.ts';
import type {
  DirectoryEntry,
  FileEntry,
  Hook,
  LinkEntry,
  OverlayEntry,
  PackageRequest,
  UserEntry,
} from './recipe.ts';
import type { RecipeDocument } from './schema.ts';

/** A value and where it was written. */
export interface Located<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** The keys of a section that were written. */
export type LocatedSection<K extends string, T> = Readonly<Partial<Record<K, Located<T>>>>;

/** An entry that puts something at a path of the image. */
export type PathEntry =
  | ({ readonly kind: 'file' } & FileEntry)
  | ({ readonly kind: 'directory' } & DirectoryEntry)
  | ({ readonly kind: 'link' } & LinkEntry);

/** What one file says of a user. */
export interface UserPart {
  readonly name: string;
  readonly settings: Partial<Pick<UserEntry, 'uid' | 'group' | 'shell' | 'home' | 'description'>>;
  readonly groups: readonly string[];
  readonly sshAuthorizedKeys: readonly string[];
  readonly origin: Origin;
}

/** A package or unit in the list it was put in. */
export interface Assigned<L extends string> extends PackageRequest {
  readonly list: L;
}

/** What a file says. Keys it does not say are absent, so that spreading one fragment over another is right. */
export interface Fragment {
  /** Keys that replace: as written, except that paths are absolute. */
  readonly replaced: Pick<
    RecipeDocument,
    'suite' | 'architecture' | 'components' | 'updates' | 'security' | 'mirrors' | 'formats'
  > &
    Pick<NonNullable<RecipeDocument['trim']>, 'documentation' | 'manPages' | 'keepLocales'> & {
      readonly kernelPackage?: PackageRequest | undefined;
      readonly defaultTarget?: string | undefined;
    };
  readonly update: LocatedSection<'server' | 'channel' | 'root', string>;
  readonly partitions: LocatedSection<'esp' | 'root' | 'verity' | 'var', number>;
  readonly compression: {
    readonly filesystem?: Located<'squashfs' | 'erofs'>;
    readonly algorithm?: Located<'zstd' | 'xz' | 'lz4' | 'lz4hc' | 'none'>;
    readonly level?: Located<number>;
    readonly blockSize?: Located<number>;
  };
  readonly packages: readonly Assigned<'add' | 'drop'>[];
  readonly units: readonly Assigned<'enable' | 'disable' | 'mask'>[];
  readonly initrdPackages: readonly PackageRequest[];
  readonly initrdModules: readonly string[];
  readonly initrdDrivers: readonly string[];
  readonly livePackages: readonly PackageRequest[];
  readonly liveArguments: readonly string[];
  readonly kernelArguments: readonly string[];
  readonly droppedArguments: readonly string[];
  readonly droppedModules: readonly string[];
  readonly keptModules: readonly string[];
  readonly overlays: readonly OverlayEntry[];
  readonly entries: readonly PathEntry[];
  readonly users: readonly UserPart[];
  readonly accountIds: Readonly<Record<string, number>>;
  readonly trimPaths: readonly string[];
  readonly hooks: readonly Hook[];
  readonly variables: Readonly<Record<string, string | number | boolean>>;
}
