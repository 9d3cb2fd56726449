/** Runs the installer on a terminal: keys in, screens out, effects through the port. */
import { PassThrough, type Writable } from 'node:stream';
import { type Instance, render } from 'ink';
import { InterruptedError } from '../../errors.ts';
import { type Look, LookContext, lookFor } from '../look.ts';
import { failureOf, sentenceOf } from './failure.ts';
import { FrameStream } from './frame-stream.ts';
import { InstallerView, pageOf, type ScreenSize, screenOf } from './installer-view.tsx';
import { Keyboard, type TerminalInput } from './keyboard.ts';
import { headLines } from './log.ts';
import type { InstallerPort } from './port.ts';
import { requestOf } from './request.ts';
import { type CursorPlace, lastWords, ScreenWriter } from './screen-writer.ts';
import { type Effect, type InstallerState, startState } from './state.ts';
import { type Input, update } from './update.ts';

/** A terminal's output. */
export type TerminalOutput = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface InstallerOptions {
  readonly port: InstallerPort;
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds that never go back; the machine's when left out. */
  readonly now?: () => number;
}

/** How it ended: `left` without an installation. */
export type InstallerEnd = 'installed' | 'left';

/** The bar moves no oftener: a redraw of its lines takes 20 ms at 115200 baud. */
const PROGRESS_MS = 500;

/** Runs until somebody leaves, or the machine restarts. */
export async function runInstaller(options: InstallerOptions): Promise<InstallerEnd> {
  const facts = await options.port.facts();
  const session = new InstallerSession(startState(facts), options);
  return session.run();
}

class InstallerSession {
  private readonly look: Look;
  private readonly writer = new ScreenWriter();
  private readonly keyboard: Keyboard;
  private readonly now: () => number;
  private readonly frames: FrameStream;
  private view: Instance | undefined;
  private timer: NodeJS.Timeout | undefined;
  private fetching = new AbortController();
  private installing = new AbortController();
  private finish: (end: InstallerEnd) => void = () => {};

  constructor(
    private state: InstallerState,
    private readonly options: InstallerOptions,
  ) {
    this.look = lookFor(options.output, options.env);
    this.now = options.now ?? (() => performance.now());
    this.keyboard = new Keyboard(options.input, (key) => this.take({ kind: 'key', key }));
    this.frames = new FrameStream((lines, cursor) => this.write(lines, cursor));
  }

  async run(): Promise<InstallerEnd> {
    const end = new Promise<InstallerEnd>((resolve) => {
      this.finish = resolve;
    });
    const onResize = () => {
      this.writer.reset();
      this.draw();
    };
    const onHangUp = () => {
      this.installing.abort();
      this.finish('left');
    };
    this.options.output.on('resize', onResize);
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, onHangUp);
    this.keyboard.start();
    this.draw();
    this.perform({ kind: 'disks' });
    try {
      return await end;
    } finally {
      clearTimeout(this.timer);
      this.fetching.abort();
      this.keyboard.stop();
      this.options.output.off('resize', onResize);
      for (const name of ['SIGTERM', 'SIGHUP'] as const) process.off(name, onHangUp);
      this.view?.unmount();
      this.options.output.write(lastWords(this.size.rows - 1));
    }
  }

  /** A serial line tells no size: then it is that of a VT100. */
  private get size(): ScreenSize {
    const { columns, rows } = this.options.output;
    return { columns: columns || 80, rows: rows || 24 };
  }

  private take(input: Input): void {
    const page = pageOf(this.size, this.look);
    const change = update(this.state, input, { nowMs: this.now(), page });
    this.state = change.state;
    for (const effect of change.effects ?? []) this.perform(effect);
    // Events come in hundreds a second; what people type is seen at once.
    if (input.kind === 'event' && input.event.kind === 'progress') this.drawSoon();
    else this.draw();
  }

  private drawSoon(): void {
    this.timer ??= setTimeout(() => this.draw(), PROGRESS_MS);
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const screen = screenOf(this.state, this.size, this.look);
    const columns = pageOf(this.size, this.look).columns;
    this.frames.prepare(this.size, screen.cursor);
    const tree = (
      <LookContext value={this.look}>
        <InstallerView screen={screen} columns={columns} />
      </LookContext>
    );
    if (this.view === undefined) this.view = open(tree, this.frames);
    else this.view.rerender(tree);
    // Time goes on when no event comes.
    if (this.state.run !== undefined && this.state.run.end === undefined)
      this.timer = setTimeout(() => this.take({ kind: 'tick' }), 1000);
  }

  private write(lines: readonly string[], cursor: CursorPlace | undefined): void {
    const text = this.writer.next({ lines, cursor });
    if (text !== '') this.options.output.write(text);
  }

  private perform(effect: Effect): void {
    const { port } = this.options;
    switch (effect.kind) {
      case 'disks':
        this.answer(async () => ({ kind: 'disks', disks: await port.disks() }));
        break;
      case 'fetch':
        this.fetch(effect.url);
        break;
      case 'stop-fetching':
        this.fetching.abort();
        break;
      case 'files':
        this.answer(async () => ({ kind: 'files', files: await port.files() }));
        break;
      case 'read-file':
        this.answer(async () => ({
          kind: 'text',
          where: effect.title,
          text: await port.readFile(effect.id),
        }));
        break;
      case 'volumes':
        this.answer(async () => ({ kind: 'volumes', volumes: await port.volumes() }));
        break;
      case 'save-log':
        this.answer(async () => ({
          kind: 'saved',
          file: await port.saveLog(effect.volume, `${this.state.log.join('\n')}\n`),
        }));
        break;
      case 'install':
        this.install();
        break;
      case 'abort':
        this.installing.abort();
        break;
      case 'reboot':
        this.reboot();
        break;
      case 'redraw':
        this.writer.reset();
        break;
      case 'leave':
        this.finish(this.state.run?.end?.kind === 'installed' ? 'installed' : 'left');
        break;
    }
  }

  private fetch(url: string): void {
    this.fetching = new AbortController();
    const { signal } = this.fetching;
    this.answer(
      async () => ({ kind: 'text', where: url, text: await this.options.port.fetchText(url, signal) }),
      signal,
    );
  }

  private reboot(): void {
    this.answer(async () => {
      await this.options.port.reboot();
      this.finish('installed');
      return { kind: 'tick' };
    });
  }

  /** Does something outside; what comes of it is the next input. */
  private answer(work: () => Promise<Input>, signal?: AbortSignal): void {
    work().then(
      (input) => {
        if (!signal?.aborted) this.take(input);
      },
      (error: unknown) => {
        if (!signal?.aborted) this.take({ kind: 'failed', message: sentenceOf(error) });
      },
    );
  }

  private install(): void {
    this.state = { ...this.state, log: [...headLines(this.state), ''] };
    this.installing = new AbortController();
    const { signal } = this.installing;
    const work = async () =>
      this.options.port.install(
        requestOf(this.state),
        (event) => this.take({ kind: 'event', event }),
        signal,
      );
    work().then(
      (outcome) => this.take({ kind: 'installed', outcome }),
      (error: unknown) =>
        this.take({
          kind: 'install-failed',
          failure: failureOf(error),
          isInterrupted: error instanceof InterruptedError || signal.aborted,
        }),
    );
  }
}

function open(tree: React.ReactNode, frames: FrameStream): Instance {
  return render(tree, {
    stdout: frames as unknown as NodeJS.WriteStream,
    // Keys are read by `Keyboard`: on serial lines, arrow keys come in pieces.
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    // Each frame comes whole and without escape codes of ink's, for the writer to compare.
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
}
