/** Writing whole lines to a stream that may go away. */
import type { Writable } from 'node:stream';

/** Writes lines; never throws, and never lets the stream's errors end the process. */
export interface LineWriter {
  /** Adds one line; the newline is added here. */
  write(line: string): void;
  /** Resolves when everything written has left the process. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Writes lines to `stream`, and drops them once the reader has gone: `basalt build --json | head` ends quietly,
 * and the build still finishes. The stream stays open, since it is usually stdout or stderr.
 */
export function createLineWriter(stream: Writable): LineWriter {
  // Without a listener the stream's error would end the process.
  stream.on('error', () => {});
  return {
    write(line) {
      if (!stream.destroyed) stream.write(`${line}\n`);
    },
    async close() {
      await new Promise<void>((resolve) => {
        stream.write('', () => resolve());
      });
    },
  };
}
