/** Payloads and deltas: in parts, resumed after an interruption, and verified before anybody gets to see them. */
import { formatSize } from '../../../units.ts';
import type { Host } from '../../host.ts';
import type { HttpAddress } from '../../http/address.ts';
import { CANNOT_WRITE } from '../../http/curl-exit.ts';
import { fetchPart } from '../../http/part.ts';
import { pauseAfter } from '../../http/retry.ts';
import { sizeOfFile } from '../../machine/bounded.ts';
import { sha256OfFile } from '../../machine/digests.ts';
import { UpdateFailure } from '../failure.ts';
import { partialPath, removeOtherPartials } from './partial-file.ts';
import { type Patience, SLOWEST_BYTES_PER_SECOND } from './patience.ts';
import type { OnProgress } from './progress.ts';
import { CHECK_THE_SERVER } from './small-file.ts';

export interface LargeFile {
  readonly address: HttpAddress;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Where it comes to be, whole and verified. Until then it lies beside it, and is found again by the next attempt. */
  readonly destination: string;
}

/** Between two of them progress is told. Small enough for a slow line, large enough that asking costs nothing. */
const PART_BYTES = 8 * 1024 * 1024;
/** An attempt that brought as much was no failure, however it ended. */
const PROGRESS_BYTES = 256 * 1024;

/**
 * What is there already and right is not fetched again.
 * @throws {UpdateFailure} what came of it stays for the next attempt, unless it is wrong or the disk is full.
 */
export function fetchLargeFile(
  host: Host,
  file: LargeFile,
  patience: Patience,
  onProgress: OnProgress,
): void {
  const { destination } = file;
  host.makeFolder(destination.replace(/\/[^/]*$/, '') || '/');
  const partial = partialPath(destination, file.sha256);
  removeOtherPartials(host, destination, partial);
  if (sizeOfFile(host, destination) === file.sizeBytes && sha256OfFile(host, destination) === file.sha256)
    return;
  host.remove(destination);

  const resumed = sizeOfFile(host, partial) > 0;
  complete(host, file, partial, patience, onProgress);
  let digest = sha256OfFile(host, partial);
  if (digest !== file.sha256 && resumed) {
    host.log(
      'warning',
      `update: what was fetched of ${file.address.shown} at an earlier time is damaged; it is fetched anew`,
    );
    host.remove(partial);
    complete(host, file, partial, patience, onProgress);
    digest = sha256OfFile(host, partial);
  }
  if (digest !== file.sha256) {
    host.remove(partial);
    throw new UpdateFailure(
      `${file.address.shown}: its SHA-256 is ${digest}, and the repository's metadata says ${file.sha256}`,
      { next: 'nothing of it was used; the file on the server is damaged, or was changed', passing: true },
    );
  }
  host.rename(partial, destination);
}

/** Fetches until the file has all its bytes. */
function complete(
  host: Host,
  file: LargeFile,
  partial: string,
  patience: Patience,
  onProgress: OnProgress,
): void {
  const { sizeBytes, address } = file;
  if (sizeOfFile(host, partial) > sizeBytes) host.remove(partial);
  if (sizeBytes === 0) host.writeFile(partial, '', { flush: false });
  const slowest = { bytesPerSecond: SLOWEST_BYTES_PER_SECOND, seconds: patience.slowSeconds };
  let restarts = 0;
  let failures = 0;
  let from = sizeOfFile(host, partial);
  while (from < sizeBytes) {
    onProgress(from, sizeBytes);
    const until = Math.min(from + PART_BYTES, sizeBytes);
    const attempt = fetchPart(host, { address, path: partial, from, until, totalBytes: sizeBytes, slowest });
    const now = sizeOfFile(host, partial);
    if ('value' in attempt && attempt.value === 'from-the-start' && restarts++ === 0) {
      host.remove(partial);
      from = 0;
      continue;
    }
    const reason = 'reason' in attempt ? attempt.reason : 'the server gives less than it was asked for';
    const passing = 'reason' in attempt ? attempt.passing : true;
    if (now - from >= Math.min(PROGRESS_BYTES, until - from)) failures = 0;
    else failures++;
    if (!passing || failures >= patience.attempts)
      throw stopped(host, file, partial, { reason, passing, failures });
    if (failures > 0) {
      host.log(
        'info',
        `update: ${address.shown}: ${reason}, at ${formatSize(now)} of ${formatSize(sizeBytes)}; trying again`,
      );
      host.sleep(pauseAfter(failures, Math.random()));
    }
    from = now;
  }
  onProgress(sizeBytes, sizeBytes);
}

interface Stop {
  readonly reason: string;
  readonly passing: boolean;
  readonly failures: number;
}

function stopped(host: Host, file: LargeFile, partial: string, stop: Stop): UpdateFailure {
  const thereBytes = sizeOfFile(host, partial);
  // A full disk, and a server that sends something else: what is there helps nobody.
  if (!stop.passing) host.remove(partial);
  const after = stop.failures > 1 ? ` (gave up after ${stop.failures} attempts)` : '';
  const at = `at ${formatSize(thereBytes)} of ${formatSize(file.sizeBytes)}`;
  return new UpdateFailure(`${file.address.shown}: ${stop.reason}${after}, ${at}`, {
    passing: stop.passing,
    next: nextStep(stop, thereBytes),
  });
}

function nextStep({ reason, passing }: Stop, thereBytes: number): string {
  if (passing) return thereBytes > 0 ? 'the next attempt goes on from there' : 'the next attempt begins anew';
  return reason === CANNOT_WRITE ? 'make room on the disk; nothing of it was left there' : CHECK_THE_SERVER;
}
