/** `basalt clean`: removes from the store what was not used for long. */
import { createInterface } from 'node:readline/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes, InterruptedError, UserError } from '../errors.ts';
import { heldLocks } from '../store/busy.ts';
import { removeEntries } from '../store/clean.ts';
import { type Removal, type RemovalKind, removalKinds, selectRemovals } from '../store/clean-selection.ts';
import { takeInventory } from '../store/inventory.ts';
import { toolsTreeRoot } from '../tools/tools-tree.ts';
import { formatSize } from '../units.ts';
import { parseAge } from './age.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';

interface CleanOptions extends CommonOptions {
  /** Milliseconds. */
  readonly olderThan: number;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** The result of `clean`; with `--json` it is printed as it is (docs/reference/json.md). */
export interface CleanResult {
  readonly store: string;
  readonly dryRun: boolean;
  readonly freedBytes: number;
  readonly removed: readonly {
    readonly kind: RemovalKind;
    readonly count: number;
    readonly sizeBytes: number;
  }[];
}

const DEFAULT_AGE_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;

export function registerClean(program: Command): void {
  program
    .command('clean')
    .description('remove from the store what was not used for long')
    .addOption(
      new Option('--older-than <age>', 'not used for so long: 12h, 30d, 8w')
        .argParser(ageOption)
        .default(DEFAULT_AGE_DAYS * DAY_MS, `${DEFAULT_AGE_DAYS}d`),
    )
    .option('--all', 'remove everything: the next build downloads and builds it all anew')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would go')
    .addHelpText(
      'after',
      `
Finished images in out/ are never touched. A running build is not hurt: what
it uses stays.

Examples:
  ./basalt clean --dry-run
  ./basalt clean --older-than 7d
`,
    )
    .action((options: CleanOptions) => inSession(options, (session) => clean(session, options)));
}

function ageOption(text: string): number {
  const ageMs = parseAge(text);
  if (ageMs === undefined) throw new InvalidArgumentError('An age is a number and a unit: 12h, 30d, 8w.');
  return ageMs;
}

async function clean(session: Session, options: CleanOptions): Promise<void> {
  const { store, identity, signal } = session;
  const dryRun = options.dryRun ?? false;
  const held = await heldLocks(store.directory, signal);
  const removals = selectRemovals(await takeInventory(store.directory), {
    now: Date.now(),
    // Whatever a running build could be using was used today.
    olderThanMs: held.length > 0 ? Math.max(options.olderThan, DAY_MS) : options.olderThan,
    all: options.all ?? false,
    toolsRoot: toolsTreeRoot(store),
  });
  if (options.all && !dryRun) {
    if (held.length > 0) throw busy(store.directory, held);
    if (!options.yes) await confirm(session, removals);
  }
  const removed = dryRun ? removals : await removeEntries(store.directory, removals, identity);
  await showResult(session, 'clean', resultOf(store.directory, dryRun, removed), cleanLines);
}

function resultOf(store: string, dryRun: boolean, removed: readonly Removal[]): CleanResult {
  const groups = removalKinds.map((kind) => {
    const entries = removed.filter((entry) => entry.kind === kind);
    return { kind, count: entries.length, sizeBytes: sizeOf(entries) };
  });
  return { store, dryRun, freedBytes: sizeOf(removed), removed: groups.filter(({ count }) => count > 0) };
}

function sizeOf(entries: readonly Removal[]): number {
  return entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function busy(directory: string, held: readonly string[]): UserError {
  return new UserError('store-busy', 'a build is using the store', {
    seen: `${held.length} ${held.length === 1 ? 'lock is' : 'locks are'} held`,
    where: directory,
    next: ['wait for the build to end, or leave out --all: what is in use then stays'],
  });
}

async function confirm(session: Session, removals: readonly Removal[]): Promise<void> {
  const question = `Remove everything in ${session.store.directory} (${formatSize(sizeOf(removals))})?`;
  if (!process.stdin.isTTY || !process.stderr.isTTY || session.json) {
    throw new UserError('confirmation-needed', 'nobody is there to be asked', {
      seen: question,
      next: ['add --yes to remove it without asking, or --dry-run to see what would go'],
      exitCode: exitCodes.usage,
    });
  }
  await session.reporter.close();
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C for itself while it asks.
  prompt.on('SIGINT', () => process.emit('SIGINT'));
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal: session.signal }).catch(() => {
      throw new InterruptedError();
    });
    if (/^y(es)?$/i.test(answer.trim())) return;
    throw new UserError('not-confirmed', 'nothing was removed');
  } finally {
    prompt.close();
  }
}

const names: Readonly<Record<RemovalKind, string>> = {
  record: 'stage records',
  object: 'objects',
  part: 'parts of downloads',
  output: 'notes on output folders',
  list: 'package lists',
  tools: 'tools trees',
};

function cleanLines({ store, dryRun, freedBytes, removed }: CleanResult, { paint }: Page): readonly string[] {
  if (removed.length === 0) return [`nothing to remove in ${store}`];
  return [
    ...removed.map(
      ({ kind, count, sizeBytes }) =>
        `  ${String(count).padStart(6)} ${names[kind].padEnd(24)}${formatSize(sizeBytes).padStart(11)}`,
    ),
    `${paint('strong', dryRun ? `would free ${formatSize(freedBytes)}` : `freed ${formatSize(freedBytes)}`)} in ${store}`,
  ];
}
