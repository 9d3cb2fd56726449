/**
 * The database of the server: SQLite in one file. docs/decisions/0011 has why it is WebAssembly, and why its journal is a
 * write-ahead log that one process has for itself.
 */
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { UserError } from '../../errors.ts';
import { lockFile, type Unlock } from '../../store/lock.ts';

const FILE = 'machines.sqlite';

/** Raised whenever the tables change; a file of another number is refused. */
const SCHEMA_VERSION = 1;

const TABLES = `
  CREATE TABLE machine (
    id TEXT PRIMARY KEY,
    uuid TEXT, service_tag TEXT, vendor TEXT, model TEXT,
    profile TEXT, image TEXT, version TEXT,
    stage TEXT NOT NULL, percent INTEGER, running_version TEXT, last_error TEXT,
    armed INTEGER NOT NULL, attempts INTEGER NOT NULL,
    address TEXT, seen_at INTEGER NOT NULL, changed_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX machine_uuid ON machine (uuid);
  CREATE TABLE card (mac TEXT PRIMARY KEY, machine TEXT NOT NULL REFERENCES machine (id) ON DELETE CASCADE) STRICT;
  CREATE INDEX card_machine ON card (machine);
  CREATE TABLE token (
    hash TEXT PRIMARY KEY,
    machine TEXT NOT NULL REFERENCES machine (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
  ) STRICT;
  CREATE INDEX token_machine ON token (machine);
`;

export interface OpenDatabase {
  readonly database: Database;
  /** Ends it and gives the folder free. */
  close(): Promise<void>;
}

/**
 * Opens the database in `folder`, and makes it when it is not there. One process at a time.
 * @throws {UserError} when another server has it, or another version of Basalt made it.
 */
export async function openDatabase(folder: string, signal: AbortSignal): Promise<OpenDatabase> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await takeFolder(folder, signal);
  try {
    const file = join(folder, FILE);
    // The library's own lock is a folder, which a killed server leaves. Ours is the kernel's, and we hold it.
    await rm(`${file}.lock`, { recursive: true, force: true });
    const database = new sqlite.Database(file);
    // With the lock exclusive, the log's index is in memory: no other way works without shared memory (sqlite.org/wal.html, 8).
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;');
    // A commit is on the disk before it is answered: a token that was given out stays used after a power cut.
    database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    prepareTables(database, file);
    await chmod(file, 0o600);
    return {
      database,
      async close() {
        database.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Runs `work` as one transaction. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

async function takeFolder(folder: string, signal: AbortSignal): Promise<Unlock> {
  const busy = new AbortController();
  try {
    return await lockFile(join(folder, 'lock'), {
      signal: AbortSignal.any([signal, busy.signal]),
      onWait: () => busy.abort(),
    });
  } catch (cause) {
    if (!busy.signal.aborted) throw cause;
    throw new UserError('serve-running', 'another server works with this state', {
      where: folder,
      next: ['end it first', 'or give this one a folder of its own: --state DIR'],
      cause,
    });
  }
}

function prepareTables(database: Database, file: string): void {
  const found = Number(database.get('PRAGMA user_version')?.user_version ?? 0);
  if (found === SCHEMA_VERSION) return;
  if (found !== 0) {
    throw new UserError('state-version', 'the state was made by another version of Basalt', {
      seen: `tables of version ${found}`,
      needed: `version ${SCHEMA_VERSION}`,
      where: file,
      next: ['use that version of Basalt', 'or move the file away: every machine is then new to this server'],
    });
  }
  inTransaction(database, () => {
    database.exec(TABLES);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}
