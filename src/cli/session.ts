/** What every command runs in: the project's folder, the store, the reporter, and a signal that Ctrl-C aborts. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BugError, InterruptedError } from '../errors.ts';
import { currentIdentity, type Identity } from '../exec/identity.ts';
import { removeTree } from '../exec/remove-tree.ts';
import type { Reporter } from '../report/events.ts';
import { wantsColor } from '../report/paint.ts';
import { explainNoSpace } from '../store/no-space.ts';
import { defaultStoreDirectory, Store } from '../store/store.ts';
import { sweepTemporary } from '../store/temporary.ts';
import { exitCodeOf, failureEvent, renderFailure } from './failure.ts';
import { openReporter } from './reporter.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  /** Folder of the store. */
  readonly store?: string;
  /** The terminal goes to a shell when a tool fails. */
  readonly debugShell?: boolean;
}

export interface Session {
  /** The project's folder. */
  readonly home: string;
  readonly imagesDir: string;
  readonly store: Store;
  readonly identity: Identity;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

/** What a command ends with: the folder or file it made, if it made one. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands make nothing and end without a value.
export type CommandResult = { readonly output?: string } | void;

/** Runs a command's work in a session and ends the process with the right exit code. */
export async function inSession(
  options: CommonOptions,
  work: (session: Session) => Promise<CommandResult>,
): Promise<void> {
  // The mask goes over to every tool, and must not get into images.
  process.umask(0o022);
  const home = projectHome();
  const store = new Store(options.store ?? defaultStoreDirectory());
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  const reporter = await openReporter({
    json: options.json ?? false,
    verbose: options.verbose ?? false,
    plain: options.debugShell ?? false,
  });
  const startedAt = performance.now();
  const end = (ok: boolean, output?: string) =>
    reporter.emit({
      type: 'end',
      ok,
      durationMs: performance.now() - startedAt,
      ...(output === undefined ? {} : { output }),
    });
  try {
    const identity = currentIdentity();
    await sweepTemporary(join(store.directory, 'tmp'), (path) => removeTree(path, identity));
    const result = await work({
      home,
      imagesDir: join(home, 'images'),
      store,
      identity,
      reporter,
      signal: interrupt.signal,
      json: options.json ?? false,
    });
    end(true, result?.output);
    await reporter.close();
  } catch (cause) {
    // Whatever broke on the way out, it was Ctrl-C that ended the work.
    const error = interrupt.signal.aborted
      ? cause instanceof InterruptedError
        ? cause
        : new InterruptedError()
      : await explainNoSpace(cause, { directory: store.directory, doing: 'writing to the store' });
    if (options.json) reporter.emit(failureEvent(error));
    end(false);
    await reporter.close();
    if (!options.json) {
      process.stderr.write(
        `${renderFailure(error, { verbose: options.verbose ?? false, color: wantsColor(process.stderr, process.env), columns: process.stderr.columns })}
`,
      );
    }
    process.exitCode = exitCodeOf(error);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, onSignal);
  }
}

/**
 * The folder with package.json: above the compiled program as above the sources. In a live system, the installer's folder.
 */
function projectHome(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== '/'; folder = dirname(folder)) {
    const isHome = ['package.json', 'source.json'].some((name) => existsSync(join(folder, name)));
    if (isHome && existsSync(join(folder, 'templates'))) return folder;
  }
  throw new BugError('the project folder was not found above the program');
}
