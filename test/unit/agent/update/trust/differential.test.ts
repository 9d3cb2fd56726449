/**
 * What this client accepts, the client of TUF's own TypeScript project accepts as well: whatever is changed in any
 * document, before it is signed or after. (The other way round it need not be so: this client is stricter.)
 */
import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { expect, test } from 'vitest';
import type { Cryptography } from '../../../../../src/agent/update/trust/cryptography.ts';
import { TrustFailure } from '../../../../../src/agent/update/trust/trust-failure.ts';
import {
  checkExpiry,
  firstRoot,
  nextRoot,
  nextSnapshot,
  nextTargets,
  nextTimestamp,
} from '../../../../../src/agent/update/trust/workflow.ts';
import {
  type Json,
  rootSays,
  sha256,
  signed,
  snapshotSays,
  someSigners,
  type TestKey,
  targetsSays,
  timestampSays,
} from '../../../../support/tuf-repository.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const SPKI = '302a300506032b6570032100';

const cryptography: Cryptography = {
  sha256,
  verifySignature: (publicKey, message, signature) =>
    verify(
      undefined,
      message,
      createPublicKey({ key: Buffer.from(SPKI + publicKey, 'hex'), format: 'der', type: 'spki' }),
      Buffer.from(signature, 'hex'),
    ),
};

const names = ['root', 'timestamp', 'snapshot', 'targets'] as const;
type Name = (typeof names)[number];
type Files = Readonly<Record<Name, Buffer>>;

const old = someSigners();
const fresh = { ...someSigners(), timestamp: old.timestamp, snapshot: { ...old.snapshot, threshold: 1 } };
const root1 = signed(rootSays(old, 1), old.root.keys);
const oldTargets = signed(targetsSays(4, { a: Buffer.from('a') }), old.targets.keys);
const oldSnapshot = signed(snapshotSays(4, oldTargets, 4), old.snapshot.keys);
const oldTimestamp = signed(timestampSays(4, oldSnapshot, 4), old.timestamp.keys);

/** What each document says, and who signs it. The ones that name others are made to fit what came of those. */
type Change = (name: Name, says: Json) => Json;

function filesWith(change: Change, after: (name: Name, file: Json) => Json, exact: boolean): Files {
  const make = (name: Name, says: Json, keys: readonly TestKey[]): Buffer => {
    const file = JSON.parse(signed(safely(change(name, says)), keys).toString());
    return Buffer.from(JSON.stringify(after(name, file)));
  };
  const plain = (says: Json, file: string): Json =>
    exact ? says : { ...says, meta: { [file]: { version: 5 } } };
  const root = make('root', rootSays(fresh, 2), [...old.root.keys, ...fresh.root.keys]);
  const targets = make(
    'targets',
    targetsSays(5, { a: Buffer.from('b'), 'c/d': Buffer.from('') }),
    fresh.targets.keys,
  );
  const snapshot = make('snapshot', plain(snapshotSays(5, targets, 5), 'targets.json'), fresh.snapshot.keys);
  const timestamp = make(
    'timestamp',
    plain(timestampSays(5, snapshot, 5), 'snapshot.json'),
    fresh.timestamp.keys,
  );
  return { root, timestamp, snapshot, targets };
}

/** Fractions cannot be signed: as a text they are as wrong. */
function safely(says: Json): Json {
  return JSON.parse(JSON.stringify(says), (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? String(value) : value,
  );
}

/** What was saved does not count when the new root's keys have not signed it. */
function unlessRefused<T>(
  judge: () => T,
  refusal: typeof Error | typeof TrustFailure = TrustFailure,
): T | undefined {
  try {
    return judge();
  } catch (error) {
    if (error instanceof refusal) return undefined;
    throw error;
  }
}

/** How far a client goes: the roles that it accepts, one after the other. */
function ours(files: Files): Name[] {
  const accepted: Name[] = [];
  try {
    const root = nextRoot(firstRoot(root1, cryptography), files.root, cryptography);
    accepted.push('root');
    checkExpiry(root, NOW.getTime());
    const savedTimestamp = unlessRefused(() => nextTimestamp(root, undefined, oldTimestamp, cryptography));
    const savedSnapshot =
      savedTimestamp &&
      unlessRefused(() => nextSnapshot(root, savedTimestamp, undefined, oldSnapshot, cryptography));
    const timestamp = nextTimestamp(root, savedTimestamp, files.timestamp, cryptography);
    checkExpiry(timestamp, NOW.getTime());
    accepted.push('timestamp');
    const snapshot = nextSnapshot(root, timestamp, savedSnapshot, files.snapshot, cryptography);
    checkExpiry(snapshot, NOW.getTime());
    accepted.push('snapshot');
    checkExpiry(nextTargets(root, snapshot, files.targets, cryptography), NOW.getTime());
    accepted.push('targets');
  } catch (error) {
    // Anything else is a defect.
    if (!(error instanceof TrustFailure)) throw error;
  }
  return accepted;
}

function theirs(files: Files): Name[] {
  const accepted: Name[] = [];
  try {
    const store = new TrustedMetadataStore(root1);
    Object.assign(store, { referenceTime: NOW });
    store.updateRoot(files.root);
    accepted.push('root');
    unlessRefused(() => store.updateTimestamp(oldTimestamp), Error);
    try {
      store.updateTimestamp(files.timestamp);
    } catch (error) {
      // The old one stays.
      if ((error as Error).constructor.name !== 'EqualVersionError') throw error;
    }
    accepted.push('timestamp');
    // It is not the announced one, which is told after it was taken for comparison.
    unlessRefused(() => store.updateSnapshot(oldSnapshot, true), Error);
    store.updateSnapshot(files.snapshot);
    accepted.push('snapshot');
    store.updateDelegatedTargets(files.targets, 'targets', 'root');
    accepted.push('targets');
  } catch {
    // However it says so.
  }
  return accepted;
}

const value = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, 1, 2, 3, 4, 5, 6, -1, 1.5, 2 ** 53, 1e21, '', 'x', [], {}, [[]], {
    x: 1,
  }),
  fc.constantFrom<Json>('1.0', '1.0.31', '1.9.9', '2.0.0', '1', '1.0.x', 'root', 'targets', 'ed25519', 'rsa'),
  fc.constantFrom<Json>(
    '2026-06-01T00:00:00Z',
    '2026-06-01T00:00:01Z',
    '2020-01-01T00:00:00Z',
    '2031-02-30T00:00:00Z',
  ),
  fc.constantFrom<Json>(
    ...Object.values(old).flatMap(({ keys }) => keys.flatMap((key) => [key.id, key.publicHex])),
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const mutation = fc.record({
  name: fc.constantFrom(...names),
  signedAfter: fc.boolean(),
  steps: fc.array(fc.nat(20), { maxLength: 6 }),
  how: fc.constantFrom('replace', 'delete', 'add', 'repeat', 'more', 'less', 'swap'),
  key: fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'x', 'length', 'hashes', 'sha512', 'meta'),
    fc.string(),
  ),
  value,
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** Walks into a document and changes what is there. */
function mutated(document: Json, { steps, how, key, value: other }: Mutation): Json {
  const copy = structuredClone(document);
  let parent: Json;
  let at: string | undefined;
  let here = copy;
  for (const step of steps) {
    const keys = typeof here === 'object' && here !== null ? Object.keys(here) : [];
    if (keys.length === 0) break;
    parent = here;
    at = keys[step % keys.length] as string;
    here = here[at];
  }
  if (how === 'add' && typeof here === 'object' && here !== null) {
    if (Array.isArray(here)) here.push(other);
    else
      Object.defineProperty(here, key, {
        value: other,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return copy;
  }
  if (parent === undefined || at === undefined) return how === 'replace' ? other : copy;
  if (how === 'delete') Array.isArray(parent) ? parent.splice(Number(at), 1) : delete parent[at];
  else if (how === 'repeat' && Array.isArray(parent)) parent.push(here);
  else if (how === 'more' && typeof here === 'number') parent[at] = here + 1;
  else if (how === 'less' && typeof here === 'number') parent[at] = here - 1;
  else if (how === 'swap' && typeof here === 'string')
    parent[at] = here.replace(/[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0'));
  else parent[at] = other;
  return copy;
}

test('unchanged documents are accepted by both', () => {
  const files = filesWith(
    (_, says) => says,
    (_, file) => file,
    true,
  );
  expect([ours(files), theirs(files)]).toEqual([names, names]);
});

/** Six seconds on a machine with nothing else to do. */
const TIMEOUT_MS = 600_000;

test('what this client accepts, the other accepts', { timeout: TIMEOUT_MS }, () => {
  const seen = { both: 0, neither: 0, stricter: 0 };
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), fc.boolean(), (mutations, exact) => {
      const applied = (when: boolean) => (name: Name, document: Json) =>
        mutations.filter((each) => each.name === name && each.signedAfter === when).reduce(mutated, document);
      const files = filesWith(applied(true), applied(false), exact);
      const [mine, other] = [ours(files), theirs(files)];
      expect(other.slice(0, mine.length), JSON.stringify(mutations)).toEqual(mine);
      if (mine.length === names.length) seen.both++;
      else if (other.length > mine.length) seen.stricter++;
      else seen.neither++;
    }),
    { numRuns: 400 },
  );
  // The mutations reach all three: a test of documents that are all garbage would show nothing.
  for (const count of Object.values(seen)) expect(count, JSON.stringify(seen)).toBeGreaterThan(0);
});

test('bytes that are changed at random', { timeout: TIMEOUT_MS }, () => {
  const good = filesWith(
    (_, says) => says,
    (_, file) => file,
    false,
  );
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), fc.nat(255), (name, place, byte) => {
      const bytes = Buffer.from(good[name]);
      bytes[place % bytes.length] = byte;
      const files = { ...good, [name]: bytes };
      const mine = ours(files);
      expect(theirs(files).slice(0, mine.length)).toEqual(mine);
    }),
    { numRuns: 400 },
  );
});
