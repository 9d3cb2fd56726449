/** What the agent put on this machine: what it must know to change it, and to take it away again. Only data. */

/** What was at a path before the agent wrote there for the first time. */
export type Original = (
  | { readonly kind: 'nothing' }
  /** `saved` names a file in {@link ORIGINALS_FOLDER}. */
  | { readonly kind: 'file'; readonly saved: string; readonly mode: number; readonly owner: string }
  | { readonly kind: 'link'; readonly target: string }
) & {
  /** The machine had the image's file, or its lack of one: what comes back is that of the version that runs then. */
  readonly ofImage?: true;
};

export interface PlacedPath {
  readonly path: string;
  /** `absent`: a mask of the image that the configuration takes away. */
  readonly kind: 'file' | 'link' | 'absent';
  /** Of a file. Undefined while a run has not ended. */
  readonly sha256?: string;
  readonly mode?: number;
  readonly owner?: string;
  /** Of a link. */
  readonly target?: string;
  readonly original: Original;
}

export interface PlacedUser {
  readonly name: string;
  /** Made by the agent, rather than there before. */
  readonly created: boolean;
  /** No configuration names it any more: it cannot log in. */
  readonly locked: boolean;
  /** Fields of passwd(5) and shadow(5) that the agent changed, as they were. */
  readonly before: { readonly gecos?: string; readonly shell?: string; readonly passwordHash?: string };
  /** Groups it was put into. */
  readonly groups: readonly string[];
}

export interface PlacedEnabling {
  readonly unit: string;
  readonly runtime: boolean;
  /** The links that enabling made; none when the unit was enabled before. */
  readonly links: readonly string[];
  /** Enabling was begun, and perhaps not ended: it is done again. */
  readonly unsure?: boolean;
}

export interface Placed {
  readonly paths: readonly PlacedPath[];
  /** Folders made for files: removed with the last file in them. */
  readonly folders: readonly string[];
  readonly users: readonly PlacedUser[];
  readonly enabled: readonly PlacedEnabling[];
  /** Keys by the address they were fetched from, for when it cannot be reached. */
  readonly fetchedKeys: Readonly<Record<string, readonly string[]>>;
}

export const nothingPlaced: Placed = { paths: [], folders: [], users: [], enabled: [], fetchedKeys: {} };
