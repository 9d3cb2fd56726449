/** Reads keys from a terminal. */
import type { Readable } from 'node:stream';
import { type Key, KeyDecoder } from './key.ts';

/** A terminal's input. */
export type TerminalInput = Readable & {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
};

/**
 * An escape alone for this long is the Escape key. The three bytes of an arrow key take 0.3 ms at 115200 baud, 3 ms at
 * 9600; serial over LAN may put them into two packets.
 */
const ESCAPE_MS = 120;

/** Reads keys until it is told to stop. */
export class Keyboard {
  private readonly decoder = new KeyDecoder();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly input: TerminalInput,
    private readonly onKey: (key: Key) => void,
  ) {}

  start(): void {
    this.input.setRawMode?.(true);
    this.input.setEncoding('utf8');
    this.input.on('data', this.read);
    this.input.resume();
  }

  /** The terminal is as it was before. */
  stop(): void {
    clearTimeout(this.timer);
    this.input.off('data', this.read);
    this.input.pause();
    this.input.setRawMode?.(false);
  }

  private readonly read = (chunk: string | Buffer): void => {
    clearTimeout(this.timer);
    this.give(this.decoder.push(String(chunk)));
    if (this.decoder.isWaiting) this.timer = setTimeout(() => this.give(this.decoder.flush()), ESCAPE_MS);
  };

  private give(keys: readonly Key[]): void {
    for (const key of keys) this.onKey(key);
  }
}
