/** Tells who logs in that the configuration is not in force: above the prompt (agetty(8)) and after it (pam_motd(8)). */
import type { Host } from '../host.ts';
import { problemText, type RunReport } from './run-report.ts';
import { terminalLine } from './terminal-text.ts';

const ISSUE = '/run/issue.d/60-basalt-agent.issue';
const MOTD = '/run/motd.d/60-basalt-agent';
/** The rest is in `basalt-agent status`: a console has 24 lines. */
const PROBLEMS_SHOWN = 5;
const LINE_CHARACTERS = 200;

/** Writes the banner, or takes it away. @throws {HostError} */
export function showBanner(host: Host, report: RunReport): void {
  const text = bannerText(report);
  if (text === undefined) {
    host.remove(ISSUE);
    host.remove(MOTD);
    return;
  }
  // agetty reads backslashes as codes of its own.
  host.writeFile(ISSUE, `${text.replaceAll('\\', '\\\\')}\n`, { flush: false });
  host.writeFile(MOTD, text, { flush: false });
}

/** @returns Undefined when all is well. Pure. */
export function bannerText({ outcome, problems, source, where }: RunReport): string | undefined {
  if (outcome !== 'kept' && outcome !== 'refused') return undefined;
  const found = source === undefined ? 'The configuration' : `The configuration from ${source} (${where})`;
  const now =
    outcome === 'kept'
      ? 'The last good configuration stays in force.'
      : 'This machine has no other configuration: it is as its image says.';
  const shown = problems
    .slice(0, PROBLEMS_SHOWN)
    .map((problem) => `  ${terminalLine(problemText(problem), LINE_CHARACTERS)}`);
  const more = problems.length - shown.length;
  return [
    `${found} is not applied:`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    now,
    'More: sudo basalt-agent status',
    '',
  ].join('\n');
}
