/** A whole run of the agent: finds the configuration, reads it, applies it or keeps what is in force, and tells. */
import type { Problem } from '../../errors.ts';
import { fetchKeys } from '../fetch-keys.ts';
import { type Host, HostError } from '../host.ts';
import { generalProblem, type Outcome } from '../report/run-report.ts';
import { findConfiguration } from '../sources/find.ts';
import type { Metadata } from '../sources/source.ts';
import { nothingPlaced } from '../state/placed.ts';
import { type Good, loadGood, loadPending, loadPlaced } from '../state/state.ts';
import { wantedFrom } from '../wanted/from-configuration.ts';
import { KEYS_USER, keyFiles, rescueKeys } from '../wanted/ssh-keys.ts';
import { nothingWanted, type Wanted } from '../wanted/wanted.ts';
import { WantedError } from '../wanted/wanted-error.ts';
import { converge } from './converge.ts';
import { decide } from './decide.ts';
import { type ReadConfiguration, readConfiguration } from './read-configuration.ts';

/** What a run came to. */
export interface Result {
  readonly outcome: Outcome;
  /** What was found; undefined when nothing was. */
  readonly found: Pick<Good, 'source' | 'where'> | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** @throws {CommandError} when a newer agent wrote the state. @throws {HostError} when the machine fails. */
export async function applyConfiguration(host: Host): Promise<Result> {
  const good = loadGood(host);
  const search = findConfiguration(host);
  const decision = decide(search, good);
  switch (decision.kind) {
    case 'none':
      return loadPending(host) === undefined
        ? { outcome: 'none', found: undefined, problems: [], warnings: [] }
        : keep(host, undefined, { problems: [], warnings: [] });
    case 'keep':
      return good === undefined
        ? keepNothing(host, decision.metadata, decision.problems)
        : keep(host, { ...good, metadata: decision.metadata }, { problems: decision.problems, warnings: [] });
    case 'new':
      return applyNew(host, { ...decision.candidate, at: new Date(host.nowMs()).toISOString() }, good);
  }
}

/**
 * A source cannot be read, on a machine that was never configured: the platform's keys let people in, and keys of an
 * earlier boot stay.
 */
async function keepNothing(host: Host, metadata: Metadata, problems: readonly Problem[]): Promise<Result> {
  if (metadata.sshAuthorizedKeys.length === 0 && loadPending(host) === undefined)
    return { outcome: 'refused', found: undefined, problems, warnings: [] };
  return keep(host, undefined, { problems, warnings: [], keys: metadata.sshAuthorizedKeys });
}

async function applyNew(host: Host, candidate: Good, good: Good | undefined): Promise<Result> {
  const read = await readConfiguration(candidate);
  const found = { source: candidate.source, where: candidate.where };
  const { warnings } = read;
  if (read.kind === 'bad') {
    return keep(host, good, { found, problems: read.problems, warnings, refused: candidate });
  }
  try {
    const result = follow(host, read, candidate);
    return {
      outcome: result.changed ? 'applied' : 'unchanged',
      found,
      problems: [],
      warnings: [...warnings, ...result.warnings],
    };
  } catch (error) {
    const problem = problemFrom(error, candidate.where);
    return keep(host, good, { found, problems: [problem], warnings, refused: candidate });
  }
}

function follow(
  host: Host,
  { configuration }: Extract<ReadConfiguration, { kind: 'good' }>,
  good: Good,
): { changed: boolean; warnings: Problem[] } {
  const users = configuration.kind === 'cloud-config' ? configuration.config.users : [];
  const known = (loadPending(host)?.placed ?? loadPlaced(host) ?? nothingPlaced).fetchedKeys;
  const fetched = fetchKeys(host, users, known);
  const wanted = wantedFrom(host, configuration, good.metadata, fetched.keys);
  const { changed, warnings } = converge(host, wanted, good, fetched.keys);
  const told = [...fetched.warnings, ...warnings];
  return { changed, warnings: told.map((text) => generalProblem(good.where, text)) };
}

interface Kept {
  readonly found?: Pick<Good, 'source' | 'where'>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The configuration that is not followed. */
  readonly refused?: Good;
  /** Of the platform, when there is no configuration. */
  readonly keys?: readonly string[];
}

/** Keeps what is in force, which also takes back what a run left that did not end. */
async function keep(host: Host, good: Good | undefined, kept: Kept): Promise<Result> {
  const problems = [...kept.problems];
  const warnings = [...kept.warnings];
  let changed = false;
  try {
    if (good === undefined) {
      changed = converge(host, wantedOfRefused(kept), undefined, {}).changed;
    } else {
      const read = await readConfiguration(good);
      if (read.kind === 'bad') {
        // A stricter version of the system: everything is left where it is.
        problems.push(...read.problems);
      } else {
        const result = follow(host, read, good);
        changed = result.changed;
        warnings.push(...result.warnings);
      }
    }
  } catch (error) {
    problems.push(problemFrom(error, good?.where ?? ''));
  }
  const isWell = problems.length === 0;
  const outcome = isWell ? (changed ? 'applied' : 'unchanged') : good === undefined ? 'refused' : 'kept';
  return { outcome, found: kept.found, problems, warnings };
}

/**
 * On a machine that has no good configuration, of one that is refused: the keys alone, and those of the platform.
 * Without them nobody could log in to read what is wrong.
 */
function wantedOfRefused({ refused, keys: known = [] }: Kept): Wanted {
  const keys = [
    ...rescueKeys(refused?.userData ?? ''),
    ...(refused?.metadata.sshAuthorizedKeys ?? []),
    ...known,
  ];
  if (keys.length === 0) return nothingWanted;
  return { ...nothingWanted, paths: keyFiles(new Map([[KEYS_USER, keys]])) };
}

/** @throws what is a defect. */
function problemFrom(error: unknown, where: string): Problem {
  if (error instanceof WantedError) return generalProblem(where, error.message, error.hint);
  if (error instanceof HostError) {
    return generalProblem(where, `cannot be applied to this machine: ${error.message}`);
  }
  throw error;
}
