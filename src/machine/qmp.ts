/**
 * A small client of QMP, the JSON protocol of QEMU's monitor (QEMU's docs/interop/qmp-spec.rst): one JSON object
 * per line; a greeting, then answers to commands and events.
 */

import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';

/** Something that happened in the machine, such as SHUTDOWN, RESET, GUEST_PANICKED, POWERDOWN. */
export interface QmpEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** QEMU refused a command, or is gone. */
export class QmpError extends Error {
  override readonly name = 'QmpError';
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class QmpClient {
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Set<(event: QmpEvent) => void>();
  private lastId = 0;
  private closed = false;

  private constructor(private readonly stream: Duplex) {}

  /**
   * Speaks to a monitor: waits for its greeting and takes it into command mode.
   * @param stream Connected to a `-mon mode=control` character device.
   * @throws {QmpError} when the stream ends before the greeting.
   */
  static async open(stream: Duplex): Promise<QmpClient> {
    const client = new QmpClient(stream);
    await new Promise<void>((resolve, reject) => client.listen(resolve, reject));
    await client.execute('qmp_capabilities');
    return client;
  }

  /**
   * Runs a command and returns its answer.
   * @throws {QmpError} when QEMU refuses it or is gone.
   */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new QmpError(`${command}: the monitor is closed`));
      const id = ++this.lastId;
      this.waiting.set(id, {
        resolve,
        reject: (error) => reject(new QmpError(`${command}: ${error.message}`)),
      });
      this.stream.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`);
    });
  }

  /** Calls the listener for each event. @returns What stops it. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private listen(greeted: () => void, failed: (error: Error) => void): void {
    const lines = createInterface({ input: this.stream, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => this.take(line, greeted));
    const close = (): void => {
      this.closed = true;
      const error = new QmpError('the monitor is closed');
      failed(error);
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    };
    lines.once('close', close);
    // QEMU's end resets the connection when it still had something to read.
    lines.on('error', close);
    this.stream.on('error', close);
  }

  private take(line: string, greeted: () => void): void {
    const message = parseMessage(line);
    if (message === undefined) return;
    if ('QMP' in message) greeted();
    else if (message.event !== undefined) {
      for (const listener of this.listeners) listener({ name: message.event, data: message.data ?? {} });
    } else if (message.id !== undefined) {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.return);
      else waiting?.reject(new Error(message.error.desc));
    }
  }
}

/** One line of the protocol: a greeting, an event, or the answer to the command of this id. */
interface Message {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** QEMU is our own child and its protocol is stable, so the fields are taken as they are; other lines are skipped. */
function parseMessage(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
