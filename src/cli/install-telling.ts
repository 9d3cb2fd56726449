/** Tells what happens during an installation: as lines on stderr, or as one JSON object each on stdout. */
import type { InstallEvent } from '../install/events.ts';
import { createLineWriter } from '../report/lines.ts';
import { ProgressLines } from './install-view.ts';
import type { Session } from './session.ts';

/** The live view of the session is closed: these lines take its place. */
export async function openTelling(session: Session): Promise<(event: InstallEvent) => void> {
  if (session.json) {
    const out = createLineWriter(process.stdout);
    return (event) =>
      out.write(JSON.stringify({ time: new Date().toISOString(), type: 'install', ...event }));
  }
  await session.reporter.close();
  const out = createLineWriter(process.stderr);
  const lines = new ProgressLines();
  return (event) => {
    const line = lines.lineOf(event);
    if (line !== undefined) out.write(line);
  };
}
