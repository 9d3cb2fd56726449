/** Tells the server how far the installation is, and never holds it up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pauseAfter, persist } from './patience.ts';
import type { ReportTarget } from './plan.ts';
import { type InstallReport, postReport } from './post-report.ts';

/** Between the beginnings of two reports of progress. */
const INTERVAL_MS = 1000;
/** A report of progress that takes longer is old when it arrives. */
const PROGRESS_LIMIT_MS = 5000;
const FINAL_LIMIT_MS = 10_000;
/** How long the last report is tried: a server that is started anew is back by then. */
const FINAL_PATIENCE_MS = 120_000;
/** Of what failed: the server keeps 500 characters of it. */
const MESSAGE_CHARACTERS = 1000;

export interface ReporterOptions {
  readonly target: ReportTarget;
  /** What a person at the console should know; each thing is told once. */
  readonly onNote: (level: 'info' | 'warning', text: string) => void;
  /** For tests. */
  readonly finalPatienceMs?: number;
}

/** One for each installation. Progress is dropped rather than queued; what ends the installation is sent with patience. */
export class Reporter {
  /** The newest progress that was not sent. */
  private waiting: InstallReport | undefined;
  private sending: Promise<void> | undefined;
  private readonly end = new AbortController();
  private told = '';
  private isOver = false;

  constructor(private readonly options: ReporterOptions) {}

  loading(): void {
    this.tell({ stage: 'loading' });
  }

  /** @param percent 0 to 100, whole. */
  installing(percent: number): void {
    this.tell({ stage: 'installing', percent });
  }

  /** @returns Why the server does not know; undefined when it does. */
  installed(version: string): Promise<string | undefined> {
    return this.finish({ stage: 'installed', version });
  }

  /** @param message Without secrets. @returns As {@link installed}. */
  failed(message: string): Promise<string | undefined> {
    const line = message.replace(/\p{Cc}+/gu, ' ').trim();
    const short = line.length <= MESSAGE_CHARACTERS ? line : `${line.slice(0, MESSAGE_CHARACTERS)}…`;
    return this.finish({ stage: 'failed', message: short });
  }

  private tell(report: InstallReport): void {
    if (this.isOver) return;
    this.waiting = report;
    this.sending ??= this.sendWaiting();
  }

  /** Until nothing waits any more; one at a time. Never throws. */
  private async sendWaiting(): Promise<void> {
    const { signal } = this.end;
    try {
      for (let failures = 0; this.waiting !== undefined && !this.isOver; ) {
        const report = this.waiting;
        this.waiting = undefined;
        const startedMs = performance.now();
        const result = await postReport(this.options.target, report, { limitMs: PROGRESS_LIMIT_MS, signal });
        if ('value' in result) {
          failures = 0;
          this.note('info', this.told === '' ? '' : 'the server takes reports again');
        } else {
          failures++;
          this.note('warning', `the server takes no report, and the installation goes on: ${result.reason}`);
          // What was not taken is still true, unless something newer is.
          this.waiting ??= report;
          if (result.refused || !result.passing) this.waiting = undefined;
          if (result.refused) this.isOver = true;
        }
        const pauseMs = Math.max(
          INTERVAL_MS - (performance.now() - startedMs),
          failures > 0 ? pauseAfter(failures) : 0,
        );
        await sleep(pauseMs, undefined, { signal });
      }
    } catch {
      // The last report has its turn.
    } finally {
      // In the same turn as the last look at what waits.
      this.sending = undefined;
    }
  }

  private async finish(report: InstallReport): Promise<string | undefined> {
    this.isOver = true;
    this.waiting = undefined;
    // What is on its way would be taken for newer if it arrived later.
    this.end.abort();
    await this.sending;
    const { target, finalPatienceMs = FINAL_PATIENCE_MS } = this.options;
    const { signal } = new AbortController();
    const result = await persist(finalPatienceMs, signal, () =>
      postReport(target, report, { limitMs: FINAL_LIMIT_MS, signal }),
    );
    return 'value' in result ? undefined : result.reason;
  }

  private note(level: 'info' | 'warning', text: string): void {
    if (text === this.told) return;
    this.told = level === 'info' ? '' : text;
    if (text !== '') this.options.onNote(level, text);
  }
}
