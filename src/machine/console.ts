/** What a machine wrote to a serial port so far, and waiting for what it will write. */
import { StringDecoder } from 'node:string_decoder';
import { InterruptedError, UserError } from '../errors.ts';
import { PlainTextStream } from './plain-text.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Where in the text to start looking: an earlier `console.length`. From the beginning when absent. */
  readonly from?: number;
}

/** A match may begin this far before the newest text; longer matches are not looked for. */
const LOOK_BACK_CHARACTERS = 8192;
const TAIL_LINES = 40;

export class MachineConsole {
  private readonly decoder = new StringDecoder('utf8');
  private readonly plain = new PlainTextStream();
  private readonly watchers = new Set<() => void>();
  private readonly taps = new Set<(bytes: Buffer) => void>();
  private content = '';
  private ended: string | undefined;

  /** @param label What it is called in messages, such as `console`. */
  constructor(readonly label: string) {}

  /** Everything so far, without escape sequences and carriage returns. */
  get text(): string {
    return this.content;
  }

  /** Length of {@link text}, to wait for something that is yet to come. */
  get length(): number {
    return this.content.length;
  }

  /** The last lines, for messages. */
  tail(lines = TAIL_LINES): string {
    return this.content.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Takes what the machine wrote. */
  append(bytes: Buffer): void {
    this.content += this.plain.push(this.decoder.write(bytes));
    for (const tap of this.taps) tap(bytes);
    for (const watch of this.watchers) watch();
  }

  /** Tells that nothing will follow. @param why Goes into the error of those who still wait. */
  end(why: string): void {
    this.ended ??= why;
    for (const watch of this.watchers) watch();
  }

  /** Passes on the bytes as they come, escape sequences included. @returns What stops it. */
  tap(listener: (bytes: Buffer) => void): () => void {
    this.taps.add(listener);
    return () => this.taps.delete(listener);
  }

  /**
   * Waits until the text has a match.
   * @throws {UserError} when the time is over or the machine ended first; it carries the last lines.
   * @throws {InterruptedError} when the signal was aborted.
   */
  waitFor(pattern: RegExp, { timeoutMs, signal, from = 0 }: WaitOptions): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      let searched = from;
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.watchers.delete(watch);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const abort = (): void => finish(() => reject(new InterruptedError()));
      const watch = (): void => {
        const match = this.content.slice(Math.max(from, searched - LOOK_BACK_CHARACTERS)).match(pattern);
        searched = this.content.length;
        if (match) finish(() => resolve(match));
        else if (this.ended !== undefined) finish(() => reject(this.failure(pattern, this.ended ?? '')));
      };
      const timer = setTimeout(
        () =>
          finish(() => reject(this.failure(pattern, `nothing like it in ${Math.round(timeoutMs / 1000)} s`))),
        timeoutMs,
      );
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.watchers.add(watch);
      watch();
    });
  }

  private failure(pattern: RegExp, why: string): UserError {
    return new UserError('console-wait', `the machine's ${this.label} did not show ${pattern}: ${why}`, {
      seen: this.tail() || 'nothing at all',
      needed: String(pattern),
    });
  }
}
