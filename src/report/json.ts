/** Events for machines: one JSON object per line. docs/reference/events.md describes them. */
import type { Writable } from 'node:stream';
import type { Reporter } from './events.ts';
import { createLineWriter } from './lines.ts';

/**
 * Reports each event as one line of JSON: the event's fields, and `time` as ISO 8601 in UTC.
 * @param stream Usually stdout. It is not closed.
 * @param options.now The clock, in milliseconds since the epoch; for tests.
 */
export function createJsonReporter(stream: Writable, options: { now?: () => number } = {}): Reporter {
  const now = options.now ?? Date.now;
  const lines = createLineWriter(stream);
  return {
    emit(event) {
      lines.write(JSON.stringify({ time: new Date(now()).toISOString(), ...event }));
    },
    close: () => lines.close(),
  };
}
