/** Events as a live view in a terminal. */
import type { Writable } from 'node:stream';
import { type Instance, render } from 'ink';
import { type BuildState, emptyBuild, reduceBuild } from '../report/build-state.ts';
import type { Reporter } from '../report/events.ts';
import { BuildView, hasView } from './build-view.tsx';
import { LookContext, lookFor } from './look.ts';

/** Redraws at most this often: enough for a running sign, too little to flicker. */
const FRAME_MS = 100;

/** A terminal's output: stderr or stdout. */
export type TerminalStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** What {@link createInkReporter} can be told. */
export interface InkReporterOptions {
  /** Also show `detail` messages. */
  readonly verbose?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Reports to a terminal by redrawing a few lines in place. It reads no keys and leaves the terminal's mode
 * alone, so Ctrl-C reaches the process as SIGINT as without it; whoever handles that must call `close()`.
 * Handle it with `process.on`, not `once`: ink's signal-exit ends the process when no other listener is left.
 * Nothing is drawn for a command that has neither a plan nor messages.
 * @param stream The terminal to draw on.
 */
export function createInkReporter(stream: TerminalStream, options: InkReporterOptions = {}): Reporter {
  const look = lookFor(stream, options.env ?? process.env);
  let state: BuildState = emptyBuild();
  let view: Instance | undefined;
  let frames: NodeJS.Timeout | undefined;
  let closed = false;

  function draw(): void {
    if (!hasView(state)) return;
    const tree = (
      <LookContext value={look}>
        <BuildView
          state={state}
          size={{ columns: stream.columns || 80, rows: stream.rows || 24 }}
          nowMs={performance.now()}
        />
      </LookContext>
    );
    if (view === undefined) view = open(stream, tree);
    else view.rerender(tree);
  }

  return {
    emit(event) {
      if (closed || event.type === 'failure') return;
      if (event.type === 'message' && event.level === 'detail' && options.verbose !== true) return;
      state = reduceBuild(state, event, performance.now());
      // Unreferenced: a view must not keep a process alive that has nothing left to do.
      frames ??= setInterval(draw, FRAME_MS).unref();
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(frames);
      if (frames === undefined) return;
      draw();
      const ended = view?.waitUntilExit();
      view?.unmount();
      await ended;
    },
  };
}

function open(stream: TerminalStream, tree: React.ReactNode): Instance {
  return render(tree, {
    stdout: stream as NodeJS.WriteStream,
    exitOnCtrlC: false,
    // Nothing in Basalt writes to the console; taking it over would be global state.
    patchConsole: false,
    maxFps: 1000 / FRAME_MS,
  });
}
