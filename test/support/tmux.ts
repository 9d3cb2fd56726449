/** A real terminal for programs that draw on one: tmux(1), with a server of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { quoteCommand } from '../../src/exec/quote.ts';
import type { Command } from '../../src/exec/run.ts';

export interface TmuxOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Whole: nothing of the test's own is passed on but the search path. */
  readonly env: Readonly<Record<string, string>>;
}

/** Polls this often, and so long at most. */
const POLL_MS = 50;
const PATIENCE_MS = 60_000;

export class TmuxTerminal {
  private constructor(
    private readonly folder: string,
    private readonly socket: string,
  ) {}

  /** Starts a program on a new terminal. The terminal stays when the program ends. */
  static async start(command: Command, { columns = 80, rows = 24, env }: TmuxOptions): Promise<TmuxTerminal> {
    const folder = await mkdtemp(join(tmpdir(), 'basalt-tmux-'));
    const terminal = new TmuxTerminal(folder, join(folder, 'socket'));
    const setting = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const line = quoteCommand(['env', '-i', `PATH=${process.env.PATH ?? ''}`, ...setting, ...command]);
    await terminal.tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      // The terminal is there until it is closed, whatever becomes of the program.
      `${line}; sleep 600`,
    );
    return terminal;
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.tmux('send-keys', '-l', '--', text);
  }

  /** Presses keys by their names in tmux: `Enter`, `Up`, `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  /** Pastes text, as a person does with a mouse. */
  async paste(text: string): Promise<void> {
    await this.tmux('set-buffer', '--', text);
    await this.tmux('paste-buffer', '-d');
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What is on the screen now, without blanks at the ends of lines. */
  async screen(): Promise<string> {
    const { stdout } = await this.tmux('capture-pane', '-p');
    return `${stdout
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd()}\n`;
  }

  /**
   * Waits for a text, and for the screen to stay as it is.
   * @throws {Error} with the screen when it does not come.
   */
  async sees(text: string | RegExp): Promise<string> {
    let before = '';
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
      const screen = await this.screen();
      const isThere = typeof text === 'string' ? screen.includes(text) : text.test(screen);
      if (isThere && screen === before) return screen;
      before = screen;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`${String(text)} was not seen on\n${before}`);
  }

  /** Where the cursor is, and whether it is seen. */
  async cursor(): Promise<{ readonly column: number; readonly row: number; readonly isSeen: boolean }> {
    const { stdout } = await this.tmux('display-message', '-p', '#{cursor_x} #{cursor_y} #{cursor_flag}');
    const [column = 0, row = 0, seen] = stdout.split(' ').map(Number);
    return { column, row, isSeen: seen === 1 };
  }

  /** Ends the program and the terminal. */
  async close(): Promise<void> {
    await this.tmux('kill-server').catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async tmux(...args: readonly string[]) {
    return execa('tmux', ['-S', this.socket, ...args], {
      // Inside of another tmux it would complain.
      env: { TMUX: '', LC_ALL: 'C.UTF-8' },
      stdin: 'ignore',
      timeout: 20_000,
    });
  }
}
