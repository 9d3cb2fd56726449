/**
 * What the agent uses of QuickJS 2025-04-26, as Debian 13 has it (https://bellard.org/quickjs/quickjs.html). Functions of
 * `os` give a negative errno when they fail.
 */
declare module 'std' {
  /** A FILE of the C library. */
  interface StdFile {
    puts(text: string): void;
    flush(): void;
    /** Whether an operation on it failed. */
    error(): boolean;
    /** Until the end, decoded as UTF-8; bytes that are none become U+FFFD. */
    readAsString(): string;
    close(): number;
  }
  export const out: StdFile;
  export const err: StdFile;
  /** fopen(3); null, with the errno in `failure`, when it fails. */
  export function open(path: string, flags: string, failure?: { errno?: number }): StdFile | null;
  /** fdopen(3): closing the file closes the descriptor. */
  export function fdopen(descriptor: number, flags: string): StdFile;
  export function getenv(name: string): string | undefined;
  export function strerror(errno: number): string;
  export function exit(code: number): never;
}

declare module 'os' {
  interface Status {
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly size: number;
  }
  interface ExecOptions {
    /** Wait: the result is the exit code, or minus the signal. */
    readonly block?: boolean;
    readonly usePath?: boolean;
    readonly stdin?: number;
    readonly stdout?: number;
    readonly stderr?: number;
  }
  export const O_RDONLY: number;
  export const O_WRONLY: number;
  export const O_RDWR: number;
  export const O_CREAT: number;
  export const O_EXCL: number;
  export const S_IFMT: number;
  export const S_IFREG: number;
  export const S_IFDIR: number;
  export const S_IFLNK: number;
  export function open(path: string, flags: number, mode?: number): number;
  export function close(descriptor: number): number;
  export function seek(descriptor: number, offset: number, whence: number): number;
  export function read(descriptor: number, buffer: ArrayBuffer, offset: number, length: number): number;
  export function write(descriptor: number, buffer: ArrayBuffer, offset: number, length: number): number;
  export function stat(path: string): [status: Status | null, errno: number];
  export function lstat(path: string): [status: Status | null, errno: number];
  export function readlink(path: string): [target: string, errno: number];
  export function readdir(path: string): [names: string[], errno: number];
  export function mkdir(path: string, mode?: number): number;
  export function symlink(target: string, path: string): number;
  export function rename(from: string, to: string): number;
  /** remove(3): a file or an empty folder. */
  export function remove(path: string): number;
  /** A program that is not there gives 127. */
  export function exec(command: readonly string[], options?: ExecOptions): number;
  export function getpid(): number;
  export function sleep(ms: number): void;
  /** Milliseconds of the monotonic clock. */
  export function now(): number;
}

/** The script and its arguments. */
declare const scriptArgs: readonly string[];
