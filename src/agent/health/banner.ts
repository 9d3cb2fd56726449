/** Tells who logs in that this machine is not well: above the prompt (agetty(8)) and after it (pam_motd(8)). */
import type { Host } from '../host.ts';
import { terminalLine } from '../report/terminal-text.ts';
import type { HealthRecord } from './record.ts';

const ISSUE = '/run/issue.d/65-basalt-health.issue';
const MOTD = '/run/motd.d/65-basalt-health';
const PROBLEMS_SHOWN = 5;
const LINE_CHARACTERS = 160;

/** Writes the banner, or takes it away. @throws {HostError} */
export function showHealthBanner(host: Host, { good, problems }: HealthRecord): void {
  if (good) {
    host.remove(ISSUE);
    host.remove(MOTD);
    return;
  }
  const shown = problems
    .slice(0, PROBLEMS_SHOWN)
    .map((problem) => `  ${terminalLine(problem, LINE_CHARACTERS)}`);
  const more = problems.length - shown.length;
  const text = [
    'This machine is not well:',
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    'More: basalt-agent health status',
    '',
  ].join('\n');
  // agetty reads backslashes as codes of its own.
  host.writeFile(ISSUE, `${text.replaceAll('\\', '\\\\')}\n`, { flush: false });
  host.writeFile(MOTD, text, { flush: false });
}
