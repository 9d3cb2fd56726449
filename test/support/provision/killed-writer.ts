/** A program that writes to the state of a server and kills itself within a transaction, when pages of it are written. */
import { openDatabase } from '../../../src/provision/state/database.ts';
import { Registry } from '../../../src/provision/state/registry.ts';

const { database } = await openDatabase(process.argv[2] ?? '', new AbortController().signal);
new Registry(database, Date.now).see('52:54:00:00:00:01');
// So few pages in memory that SQLite writes some before the transaction ends.
database.exec('PRAGMA cache_size = 5; BEGIN');
for (let index = 0; index < 3000; index++)
  database.run(
    "INSERT INTO machine (id, stage, armed, attempts, seen_at, changed_at, last_error) VALUES (?, 'seen', 1, 0, 0, 0, ?)",
    [`half-done-${index}`, 'x'.repeat(500)],
  );
process.kill(process.pid, 'SIGKILL');
