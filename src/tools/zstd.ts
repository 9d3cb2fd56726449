/** zstd: compresses, makes deltas (`--patch-from`), and unpacks both. */
import { basename, dirname } from 'node:path';
import type { Bind } from '../exec/sandbox.ts';
import type { Toolbox } from './toolbox.ts';

/** What comes out of a compressed file. */
export interface Unpacked {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * With several threads the same bytes come out as with one: zstd cuts the input by its size alone. Nothing of the input's
 * name or date is in them.
 */
const COMPRESS = 'zstd --quiet -T0';

/** Smaller windows save nothing; a larger one than 2^31 bytes zstd does not have (zstd(1), --long). */
const LEAST_WINDOW_LOG = 20;
const MOST_WINDOW_LOG = 31;

/**
 * Pure: the window, as a power of two, in which all of a file is within reach. A delta refers to the older file only as
 * long as its window reaches back to the start of the newer one (RFC 8878, 3.1.1.1.2 and 5), and a machine needs memory for
 * the window: so no larger than that.
 */
export function windowLogFor(sizeBytes: number): number {
  const log = Math.ceil(Math.log2(Math.max(sizeBytes, 1)));
  return Math.min(Math.max(log, LEAST_WINDOW_LOG), MOST_WINDOW_LOG);
}

/**
 * Compresses a file.
 * @param to A path whose folder exists.
 * @param level 1 to 19.
 */
export async function compress(
  toolbox: Toolbox,
  { from, to, level }: { readonly from: string; readonly to: string; readonly level: number },
  signal: AbortSignal,
): Promise<void> {
  const script = `exec ${COMPRESS} "-$LEVEL" --stdout /in/file > "/out/$NAME"`;
  await make(toolbox, { script, to, inputs: { file: from }, env: { LEVEL: String(level) } }, signal);
}

/** Unpacks a file. */
export async function unpack(
  toolbox: Toolbox,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<void> {
  await make(
    toolbox,
    { script: 'exec zstd --quiet -dc /in/file > "/out/$NAME"', to, inputs: { file: from } },
    signal,
  );
}

/** What a compressed file holds, without keeping it. @throws {ToolError} when it is damaged. */
export async function look(toolbox: Toolbox, file: string, signal: AbortSignal): Promise<Unpacked> {
  return measure(toolbox, { command: 'zstd --quiet -dc /in/file', inputs: { file } }, signal);
}

/**
 * Makes what turns `base` into `from`.
 * @param windowLog See {@link windowLogFor}.
 */
export async function makeDelta(
  toolbox: Toolbox,
  delta: {
    readonly base: string;
    readonly from: string;
    readonly to: string;
    readonly level: number;
    readonly windowLog: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { base, from, to, level, windowLog } = delta;
  const script = `exec ${COMPRESS} "-$LEVEL" --long="$WINDOW" --patch-from=/in/base --stdout /in/file > "/out/$NAME"`;
  const env = { LEVEL: String(level), WINDOW: String(windowLog) };
  await make(toolbox, { script, to, inputs: { base, file: from }, env }, signal);
}

/**
 * What a delta makes of `base`, without keeping it. zstd allows itself no more memory than `base` has bytes, which is too
 * little when what comes out is larger: so the window is named as when the delta was made.
 * @throws {ToolError} when they do not belong together.
 */
export async function lookThrough(
  toolbox: Toolbox,
  files: { readonly base: string; readonly delta: string; readonly windowLog: number },
  signal: AbortSignal,
): Promise<Unpacked> {
  const { base, delta, windowLog } = files;
  const command = `zstd --quiet -dc --long=${windowLog} --patch-from=/in/base /in/file`;
  return measure(toolbox, { command, inputs: { base, file: delta } }, signal);
}

interface Making {
  readonly script: string;
  readonly to: string;
  /** By the name in /in. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

async function make(
  toolbox: Toolbox,
  { script, to, inputs, env }: Making,
  signal: AbortSignal,
): Promise<void> {
  await toolbox.run(['sh', '-euc', script], {
    tool: 'zstd',
    signal,
    binds: [...bindsOf(inputs), { source: dirname(to), target: '/out', writable: true }],
    env: { ...env, NAME: basename(to) },
  });
}

async function measure(
  toolbox: Toolbox,
  { command, inputs }: { readonly command: string; readonly inputs: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<Unpacked> {
  // One pass for both; a pipe's own exit code is that of its end, so zstd tells its own in a file.
  const script = `
    mkfifo /tmp/copy
    wc -c < /tmp/copy > /tmp/size &
    { ${command} || touch /tmp/failed; } | tee /tmp/copy | sha256sum
    wait
    cat /tmp/size
    [ ! -e /tmp/failed ]`;
  const { stdout } = await toolbox.run(['sh', '-euc', script], {
    tool: 'zstd',
    signal,
    binds: bindsOf(inputs),
  });
  const [sha256 = '', sizeBytes = ''] = stdout.split('\n');
  return { sha256: sha256.slice(0, 64), sizeBytes: Number(sizeBytes) };
}

function bindsOf(inputs: Readonly<Record<string, string>>): Bind[] {
  return Object.entries(inputs).map(([name, source]) => ({ source, target: `/in/${name}` }));
}
