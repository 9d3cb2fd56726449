/** An update repository in memory, made with the models of TUF's own TypeScript project, that may be made wrong on purpose. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json/lib/index.js';
import { Key, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';

export type RoleName = 'root' | 'timestamp' | 'snapshot' | 'targets';
/** JSON as it comes. */
// biome-ignore lint/suspicious/noExplicitAny: tests put anything into it
export type Json = any;

/** An Ed25519 key pair. */
export class TestKey {
  private constructor(
    private readonly secret: KeyObject,
    readonly publicHex: string,
    /** SHA-256 of the key in canonical JSON. */
    readonly id: string,
  ) {}

  static make(): TestKey {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const publicHex = publicKey.export({ type: 'spki', format: 'der' }).subarray(12).toString('hex');
    return new TestKey(privateKey, publicHex, sha256(canonicalize(keyModel('', publicHex).toJSON())));
  }

  underAnotherId(): TestKey {
    return new TestKey(this.secret, this.publicHex, sha256(this.id));
  }

  get model(): Key {
    return keyModel(this.id, this.publicHex);
  }

  sign(bytes: Uint8Array): string {
    return sign(undefined, bytes, this.secret).toString('hex');
  }
}

function keyModel(keyID: string, publicHex: string): Key {
  return new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: publicHex } });
}

/** Who signs for each role, and how many must. */
export type Signers = Readonly<
  Record<RoleName, { readonly keys: readonly TestKey[]; readonly threshold: number }>
>;

const SPEC_VERSION = '1.0.31';
const FAR = '2030-01-01T00:00:00Z';

/** One key for each role, root with two of two. */
export function someSigners(): Signers {
  const one = () => ({ keys: [TestKey.make()], threshold: 1 });
  return {
    root: { keys: [TestKey.make(), TestKey.make()], threshold: 2 },
    timestamp: one(),
    snapshot: one(),
    targets: one(),
  };
}

/** The file of a document, signed by all of these. */
export function signed(says: Json, keys: readonly TestKey[]): Buffer {
  const bytes = Buffer.from(canonicalize(says));
  const signatures = keys.map((key) => ({ keyid: key.id, sig: key.sign(bytes) }));
  return Buffer.from(JSON.stringify({ signatures, signed: says }));
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What `root.json` says. */
export function rootSays(signers: Signers, version: number, expires = FAR): Json {
  const roles = Object.entries(signers);
  return Root.fromJSON({
    _type: 'root',
    spec_version: SPEC_VERSION,
    version,
    expires,
    consistent_snapshot: true,
    keys: Object.fromEntries(
      roles.flatMap(([, { keys }]) => keys).map((key) => [key.id, key.model.toJSON()]),
    ),
    roles: Object.fromEntries(
      roles.map(([name, { keys, threshold }]) => [name, { keyids: keys.map(({ id }) => id), threshold }]),
    ),
  }).toJSON();
}

/** What `timestamp.json` says of a snapshot's file. */
export function timestampSays(
  version: number,
  snapshot: Buffer,
  snapshotVersion: number,
  expires = FAR,
): Json {
  return new Timestamp({
    specVersion: SPEC_VERSION,
    version,
    expires,
    snapshotMeta: metaOf(snapshot, snapshotVersion),
  }).toJSON();
}

/** What `snapshot.json` says of a targets' file. */
export function snapshotSays(version: number, targets: Buffer, targetsVersion: number, expires = FAR): Json {
  return new Snapshot({
    specVersion: SPEC_VERSION,
    version,
    expires,
    meta: { 'targets.json': metaOf(targets, targetsVersion) },
  }).toJSON();
}

/** What `targets.json` says of files. */
export function targetsSays(
  version: number,
  files: Readonly<Record<string, Uint8Array>>,
  expires = FAR,
): Json {
  const targets = Object.entries(files).map(([path, content]) => [
    path,
    new TargetFile({ path, length: content.length, hashes: { sha256: sha256(content) } }),
  ]);
  return new Targets({
    specVersion: SPEC_VERSION,
    version,
    expires,
    targets: Object.fromEntries(targets),
  }).toJSON();
}

function metaOf(file: Buffer, version: number): MetaFile {
  return new MetaFile({ version, length: file.length, hashes: { sha256: sha256(file) } });
}

export interface Release {
  readonly version: number;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly expires?: Partial<Record<RoleName, string>>;
}

/** A whole repository: paths, as a server has them, to contents. */
export class TestRepository {
  readonly files = new Map<string, Buffer>();
  rootVersion = 0;

  constructor(public signers: Signers = someSigners()) {
    this.addRoot();
  }

  /** The next root, signed by its own keys and those of the one before. */
  addRoot(next: Signers = this.signers, expires = FAR): Buffer {
    const keys = new Set([...this.signers.root.keys, ...next.root.keys]);
    this.signers = next;
    this.rootVersion++;
    const file = signed(rootSays(next, this.rootVersion, expires), [...keys]);
    this.files.set(`/metadata/${this.rootVersion}.root.json`, file);
    return file;
  }

  get root(): Buffer {
    return this.files.get(`/metadata/${this.rootVersion}.root.json`) as Buffer;
  }

  /** The three other documents, all of the same version, and the files. */
  publish({ version, files = {}, expires = {} }: Release): void {
    const { timestamp, snapshot, targets } = this.signers;
    const targetsFile = signed(targetsSays(version, files, expires.targets), targets.keys);
    const snapshotFile = signed(snapshotSays(version, targetsFile, version, expires.snapshot), snapshot.keys);
    this.files.set(`/metadata/${version}.targets.json`, targetsFile);
    this.files.set(`/metadata/${version}.snapshot.json`, snapshotFile);
    const says = timestampSays(version, snapshotFile, version, expires.timestamp);
    this.files.set('/metadata/timestamp.json', signed(says, timestamp.keys));
    for (const [path, content] of Object.entries(files)) {
      const name = path.replace(/[^/]*$/, (last) => `${sha256(content)}.${last}`);
      this.files.set(`/targets/${name}`, Buffer.from(content));
    }
  }
}
