/** An update repository, as far as it is trusted: the door through which everything of a release comes. */
import type { Host } from '../../host.ts';
import { decodeUtf8 } from '../../machine/utf8.ts';
import { UpdateFailure } from '../failure.ts';
import { fetchLargeFile } from '../fetch/large-file.ts';
import { type Patience, usualPatience } from '../fetch/patience.ts';
import { type OnProgress, tenths } from '../fetch/progress.ts';
import { type Server, serverAt } from '../fetch/server.ts';
import { fetchSmallFile } from '../fetch/small-file.ts';
import { checkClock, clockWords, SET_IT } from './clock.ts';
import { machineCryptography } from './openssl.ts';
import { type Context, refresh, type Trusted } from './refresh.ts';
import type { Target } from './targets.ts';
import { TrustFailure } from './trust-failure.ts';

export interface TrustedRepository {
  /** Of the documents that are trusted now. */
  readonly versions: {
    readonly root: number;
    readonly timestamp: number;
    readonly snapshot: number;
    readonly targets: number;
  };
  /** When the timestamp does: `2027-01-31T00:00:00Z`. */
  readonly expires: string;
  /** What the repository has under a path; undefined when it has nothing. */
  target(path: string): Target | undefined;
  /** A small file as text, verified. @throws {UpdateFailure} also when there is none. */
  read(path: string, maximumBytes: number): string;
  /**
   * To a file, resumed where an earlier attempt ended, its length and SHA-256 verified before this returns.
   * @param onProgress Otherwise the journal is told.
   * @throws {UpdateFailure} also when there is none.
   */
  download(path: string, destination: string, onProgress?: OnProgress): void;
}

/**
 * Brings what this machine trusts up to date, by the client's workflow of the TUF specification: docs/updates/client-trust.md.
 * @param options `server`: where metadata/ and targets/ lie, such as `https://updates.example.com/basalt`. `patience`:
 * other than the usual.
 * @throws {UpdateFailure} with what was tried and what was seen; what was trusted before stays.
 */
export function openRepository(
  host: Host,
  options: { readonly server: string; readonly patience?: Patience },
): TrustedRepository {
  const server = serverAt(options.server);
  checkClock(host);
  const parts = {
    host,
    server,
    cryptography: machineCryptography(host),
    patience: options.patience ?? usualPatience,
  };
  return repository(
    parts,
    inWords(host, server, () => refresh(parts)),
  );
}

type Parts = Omit<Context, 'store' | 'nowMs'>;

function repository(parts: Parts, { root, timestamp, snapshot, targets }: Trusted): TrustedRepository {
  const { host, server, patience } = parts;
  const required = (path: string): Target => {
    const target = targets.says.get(path);
    if (target !== undefined) return target;
    throw new UpdateFailure(`${server.shown} has no ${path}`, {
      next: 'check the server and the channel of this machine; whoever runs the repository may not have put it there',
    });
  };
  return {
    versions: {
      root: root.version,
      timestamp: timestamp.version,
      snapshot: snapshot.version,
      targets: targets.version,
    },
    expires: timestamp.expires,
    target: (path) => targets.says.get(path),
    read(path, maximumBytes) {
      const target = required(path);
      if (target.sizeBytes > maximumBytes) {
        throw new UpdateFailure(
          `${server.shown}: ${path} has ${target.sizeBytes} bytes; at most ${maximumBytes} are read`,
        );
      }
      return readSmall(parts, path, target);
    },
    download(path, destination, onProgress = tenths(host, path)) {
      const target = required(path);
      fetchLargeFile(
        host,
        { ...target, address: server.target(path, target.sha256), destination },
        patience,
        onProgress,
      );
    },
  };
}

function readSmall(
  { host, server, cryptography, patience }: Parts,
  path: string,
  { sizeBytes, sha256 }: Target,
): string {
  const address = server.target(path, sha256);
  const bytes = fetchSmallFile(host, { address, maximumBytes: sizeBytes }, patience) ?? new Uint8Array();
  if (bytes.length !== sizeBytes || cryptography.sha256(bytes) !== sha256) {
    throw new UpdateFailure(
      `${address.shown}: it is not what the repository's metadata says: ${bytes.length} bytes of ${sizeBytes}, or another SHA-256`,
      { next: 'nothing of it was used; the file on the server is damaged, or was changed', passing: true },
    );
  }
  const text = decodeUtf8(bytes);
  if (typeof text === 'number') throw new UpdateFailure(`${address.shown}: it is not text`);
  return text;
}

/** What a failure of trust means to the owner of a machine. */
function inWords<T>(host: Host, server: Server, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TrustFailure)) throw error;
    const seen = `${server.shown}: ${error.message}`;
    switch (error.fault) {
      case 'expired': {
        const clock = clockWords(host);
        const doubtful = clock.endsWith('?');
        throw new UpdateFailure(`${seen}; ${clock}`, {
          next: `${doubtful ? `${SET_IT}. If it is right, ` : ''}whoever runs the repository has to sign it anew, or an old copy of it is kept before this machine`,
          passing: doubtful,
        });
      }
      case 'version':
        throw new UpdateFailure(seen, {
          next: 'nothing is taken from it. A cache or a mirror that lags behind mends itself; otherwise the repository was put back, or somebody shows this machine an old one',
          passing: true,
        });
      case 'content':
        throw new UpdateFailure(seen, {
          next: 'nothing is taken from it: the file on the server is damaged or was changed, or files of different times were mixed',
          passing: true,
        });
      case 'signature':
        throw new UpdateFailure(seen, {
          next: 'nothing is taken from it. If it is the right server and its keys were replaced without the old ones, put the new root.json at /etc/basalt/update/root.json',
        });
      case 'format':
        throw new UpdateFailure(seen, {
          next: 'nothing is taken from it. Is this the address of an update repository, and this system not too old for it?',
        });
    }
  }
}
