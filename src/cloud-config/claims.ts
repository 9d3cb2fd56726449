/** Who writes which path: two writers of one path are a mistake, whichever would win. */
import type { Origin } from '../yaml/origin.ts';
import { followLinks } from './file-path.ts';
import type { Report } from './report.ts';

interface Claim {
  readonly what: string;
  readonly at: Origin;
}

/** Paths that are taken. */
export class Claims {
  private readonly files = new Map<string, Claim>();
  /** Folder → a claim below it. */
  private readonly folders = new Map<string, Claim>();

  constructor(private readonly report: Report) {}

  /** @param what Completes "PATH is written by WHAT". */
  take(path: string, what: string, at: Origin): void {
    const real = followLinks(path);
    const claim = { what, at };
    const earlier = this.files.get(real);
    if (earlier !== undefined) {
      this.refuse(
        at,
        `${path} is written by ${what} and by ${earlier.what} (line ${earlier.at.line})`,
        'keep one of them',
      );
      return;
    }
    const below = this.folders.get(real);
    if (below !== undefined)
      this.refuse(
        at,
        `${path} is a file here, and a folder for ${below.what} (line ${below.at.line})`,
        'rename one of them',
      );
    this.files.set(real, claim);
    for (let end = real.lastIndexOf('/'); end > 0; end = real.lastIndexOf('/', end - 1)) {
      const folder = real.slice(0, end);
      const file = this.files.get(folder);
      if (file !== undefined)
        this.refuse(
          at,
          `${path} is below ${folder}, which is a file for ${file.what} (line ${file.at.line})`,
          'rename one of them',
        );
      // Folders above a known one are known.
      if (this.folders.has(folder)) break;
      this.folders.set(folder, claim);
    }
  }

  private refuse(at: Origin, message: string, hint: string): void {
    this.report.problem(at, message, hint);
  }
}
