/** Opens the reporter a command asked for. */
import { chooseView } from '../report/choose.ts';
import type { Reporter } from '../report/events.ts';
import { createJsonReporter } from '../report/json.ts';
import { createPlainReporter } from '../report/plain.ts';

/** The options every command has. */
export interface ReporterOptions {
  /** Events as JSON lines on stdout. */
  readonly json: boolean;
  readonly verbose: boolean;
  /** The terminal is needed for something else: plain lines instead of a live view. */
  readonly plain?: boolean;
}

/**
 * Opens a reporter: JSON lines on stdout, a live view when stderr is a terminal, else plain lines on stderr.
 * Ink and React are loaded only for the live view, which saves other runs the time. The caller must `close()` it.
 */
export async function openReporter({ json, verbose, plain = false }: ReporterOptions): Promise<Reporter> {
  const { stdout, stderr, env } = process;
  const view = chooseView({ json }, stderr, env);
  switch (view === 'live' && plain ? 'plain' : view) {
    case 'json':
      return createJsonReporter(stdout);
    case 'plain':
      return createPlainReporter(stderr, { verbose });
    case 'live': {
      const { createInkReporter } = await import('../tui/ink-reporter.tsx');
      return createInkReporter(stderr, { verbose });
    }
  }
}
