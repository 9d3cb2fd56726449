/** The owner's own checks: programs in /etc/basalt/health.d, each of which ends with 0 when the machine is well. */
import type { Host } from '../host.ts';
import { onMachine } from '../machine/scratch.ts';
import { type Finding, well } from './finding.ts';

const CHECKS_FOLDER = '/etc/basalt/health.d';
/** For each of them. */
const TIMEOUT_SECONDS = 60;
/** What is kept of a check's output. */
const OUTPUT_BYTES = 4096;
const OUTPUT_LINES = 5;

/**
 * Runs a program for so long and prints the end of what it said, then its exit code in a line of its own. `timeout` is
 * inside, so that the words of one that hangs are kept.
 */
const SCRIPT =
  '{ timeout --kill-after=5 "$2" "$1" 2>&1 </dev/null; printf "\\n%s\\n" "$?"; } | tail --bytes="$3"';

/**
 * Runs the checks in the order of their names, those that passed before left out.
 * @param passed Names of checks that passed; those that do now are added.
 */
export function runUserChecks(host: Host, passed: Set<string>): Finding {
  const findings = host
    .list(CHECKS_FOLDER)
    .filter((name) => !name.startsWith('.') && !passed.has(name))
    .map((name) => runCheck(host, name, passed));
  return {
    problems: [],
    // The next run may pass: what they ask for may only be starting.
    waitsFor: findings.flatMap(({ waitsFor }) => waitsFor),
    warnings: findings.flatMap(({ warnings }) => warnings),
  };
}

function runCheck(host: Host, name: string, passed: Set<string>): Finding {
  const path = `${CHECKS_FOLDER}/${name}`;
  const kind = host.kind(path);
  const isProgram = kind === 'symlink' || (kind === 'file' && ((host.status(path)?.mode ?? 0) & 0o111) !== 0);
  if (!isProgram) return { ...well, warnings: [`${path} is passed over: it is no executable file`] };
  const { stdout } = host.run(
    ['sh', '-c', SCRIPT, 'sh', onMachine(host, path), String(TIMEOUT_SECONDS), String(OUTPUT_BYTES)],
    { timeoutMs: (TIMEOUT_SECONDS + 15) * 1000 },
  );
  const lines = stdout.trimEnd().split('\n');
  const code = Number(lines.pop() || Number.NaN);
  if (code === 0) {
    passed.add(name);
    return well;
  }
  const ended =
    code === 124 || Number.isNaN(code) ? `did not end within ${TIMEOUT_SECONDS} s` : `ended with ${code}`;
  const words = lines.filter((line) => line.trim() !== '').slice(-OUTPUT_LINES);
  return { ...well, waitsFor: [`${path} ${ended}${words.length === 0 ? '' : `: ${words.join(' / ')}`}`] };
}
