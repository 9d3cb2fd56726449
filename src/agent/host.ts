/** What the agent needs of the machine. Synchronous: a boot waits for each step anyway, and QuickJS offers little else. */

export interface HostRunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HostRunOptions {
  /** Given on stdin. */
  readonly input?: string | Uint8Array;
  /** The program is killed after it; its exit code is then 124. */
  readonly timeoutMs?: number;
}

export type HostFileKind = 'file' | 'directory' | 'symlink' | 'other';

/**
 * The machine, below a root folder: `/` on a machine, a test's folder otherwise. Paths are the machine's own, absolute.
 * Methods that read give undefined when there is nothing; every other failure is a {@link HostError}.
 */
export interface Host {
  readonly root: string;
  readText(path: string): string | undefined;
  readBytes(path: string): Uint8Array | undefined;
  readLink(path: string): string | undefined;
  /** Names in a folder, sorted; empty when there is none. */
  list(path: string): string[];
  /** Not following a symbolic link. */
  kind(path: string): HostFileKind | undefined;
  /** Permission bits and ids, not following a symbolic link. */
  status(path: string): { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
  /** Makes a folder and its missing parents, as root's, 0755. */
  makeFolder(path: string): void;
  /**
   * Whole or not at all: written beside it, flushed, and renamed. Owner `user:group`. Without `flush`, a power cut soon
   * after may leave an empty file: for what is written again at the next boot.
   */
  writeFile(
    path: string,
    content: string | Uint8Array,
    options?: { mode?: number; owner?: string; flush?: boolean },
  ): void;
  /** In one folder; replaces what is there. */
  rename(from: string, to: string): void;
  /** Replaces what is there. */
  link(target: string, path: string): void;
  /** A file, a link or an empty folder; nothing happens when it is not there. */
  remove(path: string): void;
  /** Programs run on the machine as it is, whatever the root is; looked up in PATH. Never throws for an exit code. */
  run(command: readonly [string, ...string[]], options?: HostRunOptions): HostRunResult;
  environment(name: string): string | undefined;
  sleep(ms: number): void;
  /** Milliseconds that only grow. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** To the journal, by way of stderr with the priority prefix of sd-daemon(3). */
  log(level: 'error' | 'warning' | 'info', text: string): void;
}

/** A failure of the machine: a full disk, a read-only file system. */
export class HostError extends Error {
  override readonly name = 'HostError';
  constructor(
    /** Such as `write /etc/hostname`. */
    readonly doing: string,
    /** Such as `No space left on device`. */
    readonly reason: string,
  ) {
    super(`${doing}: ${reason}`);
  }
}
