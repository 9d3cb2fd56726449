/** `basalt test`: checks the sources, then runs the tests, and ends with one line of counts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { execa } from 'execa';
import { UserError } from '../errors.ts';
import { GIB } from '../units.ts';
import { assertSpace } from './free-space.ts';
import { prepareMachine, testPrograms } from './host-packages.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';

interface TestOptions extends CommonOptions {
  readonly quick?: boolean;
  readonly all?: boolean;
}

/** Checks of the sources, each a script of package.json. */
const CHECKS = ['check:types', 'check:style', 'check:imports', 'check:unused'] as const;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, as said once more before the last line: a log is often read from its end. */
  readonly failures: string[];
}

/** What is read of vitest's JSON report, which is in the form of Jest's. */
interface Report {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    /** Why the whole file failed: it could not be loaded, or its set-up failed. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** What all tests write at most, measured and nearly doubled: disks of machines, and the store of a first run. */
const NEEDED_BYTES = { temporary: 5 * GIB, store: 4 * GIB } as const;

/** So much of a failure is said again at the end, in lines. */
const FAILURE_LINES = 12;

export function registerTest(program: Command): void {
  program
    .command('test')
    .description('check the sources and run the tests')
    .option('--quick', 'only the checks and the unit tests, which take a few minutes')
    .option('--all', 'also the long matrices')
    .argument('[filters...]', 'only test files whose path contains one of these')
    .addHelpText('after', '\nExample:\n  ./basalt test --quick\n')
    .action((filters: string[], options: TestOptions) =>
      inSession(options, (session) => test(session, filters, options)),
    );
}

async function test(session: Session, filters: readonly string[], options: TestOptions): Promise<void> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  if (filters.length === 0) {
    if (!options.quick) await assertRoom(session);
    await runChecks(session, counts);
  }
  if (!options.quick) {
    const onMessage = (text: string) => process.stderr.write(`${text}\n`);
    await prepareMachine({ ...session, onMessage, also: testPrograms });
  }
  const projects = [
    'unit',
    ...(options.quick ? [] : ['integration', 'boot']),
    ...(options.all ? ['long'] : []),
  ];
  for (const project of projects) await runProject(session, project, filters, counts);
  const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  for (const failure of counts.failures) process.stderr.write(`failed: ${failure}\n`);
  process.stdout.write(`${line}\n`);
  if (counts.failed > 0) throw new UserError('tests-failed', 'tests failed', { seen: line });
  if (counts.passed === 0) throw new UserError('tests-missing', 'no test ran', { seen: line });
}

async function assertRoom({ store }: Session): Promise<void> {
  await assertSpace({
    paths: [
      [tmpdir(), NEEDED_BYTES.temporary],
      [store.directory, NEEDED_BYTES.store],
    ],
    what: 'the tests',
    next: [
      'free some space, or remove what old builds left with ./basalt clean',
      'put what is made elsewhere with TMPDIR=DIRECTORY, and the store with BASALT_STORE=DIRECTORY',
      'or run ./basalt test --quick, which needs none',
    ],
  });
}

/** All at once; what each prints is shown when it has ended. */
async function runChecks({ home, signal }: Session, counts: Counts): Promise<void> {
  const work = CHECKS.map(async (check) => {
    const { failed, all } = await execa('npm', ['run', '--silent', check], {
      cwd: home,
      stdin: 'ignore',
      all: true,
      reject: false,
      cancelSignal: signal,
    });
    process.stderr.write(`${all === '' ? '' : `${all}\n`}${check}: ${failed ? 'failed' : 'passed'}\n`);
    counts[failed ? 'failed' : 'passed']++;
    if (failed) counts.failures.push(check);
  });
  await Promise.all(work);
}

async function runProject(
  session: Session,
  project: string,
  filters: readonly string[],
  counts: Counts,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-test-'));
  try {
    const report = join(folder, 'report.json');
    const { exitCode } = await execa(
      'node_modules/.bin/vitest',
      [
        'run',
        `--project=${project}`,
        '--passWithNoTests',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...filters,
      ],
      inherit(session),
    );
    const result = JSON.parse(await readFile(report, 'utf8').catch(() => '{}')) as Report;
    counts.passed += result.numPassedTests ?? 0;
    counts.failed += result.numFailedTests ?? 0;
    counts.skipped += (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0);
    // A set-up that fails, or a file that cannot be loaded, fails no single test: it counts as one.
    if (exitCode !== 0 && !result.numFailedTests) counts.failed++;
    counts.failures.push(...failuresOf(session.home, result));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each test and each file that failed: where it is, and the first lines of why. */
function failuresOf(home: string, report: Report): string[] {
  return (report.testResults ?? []).flatMap((file) => {
    const tests = file.assertionResults.filter((test) => test.status === 'failed');
    if (file.status !== 'failed' && tests.length === 0) return [];
    const where = relative(home, file.name);
    if (tests.length === 0) return [`${where}\n${shortened(file.message ?? '')}`];
    return tests.map(
      (test) => `${where} > ${test.fullName}\n${shortened((test.failureMessages ?? []).join('\n'))}`,
    );
  });
}

function shortened(message: string): string {
  const lines = message.split('\n').filter((line) => !line.includes('/node_modules/'));
  return lines
    .slice(0, FAILURE_LINES)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** The runner's words go straight to the terminal; stdout stays for the last line. */
function inherit(session: Session) {
  return { cwd: session.home, stdio: ['ignore', 2, 2], reject: false, cancelSignal: session.signal } as const;
}
