/** `basalt config validate`: reads user data with the code that the machine has. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Command } from 'commander';
import type { CloudConfig } from '../cloud-config/config.ts';
import { readUserData, USER_DATA_MAXIMUM_CHARACTERS } from '../cloud-config/read.ts';
import type { UserData } from '../cloud-config/user-data.ts';
import { exitCodes, messageOf, type Problem, UserError } from '../errors.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

interface ValidateOptions extends CommonOptions {
  readonly strict?: boolean;
}

/** A file that has no problems. */
interface ValidFile {
  readonly file: string;
  readonly kind: UserData['kind'];
  readonly warnings: readonly Problem[];
  /** What it holds, for people. */
  readonly content: string;
}

export function addConfigValidate(config: Command): void {
  config
    .command('validate <file...>')
    .description('check cloud-configs: what this takes, the machine takes')
    .option('--strict', 'warnings are problems')
    .addHelpText(
      'after',
      `
FILE is a #cloud-config document or a script, plain or packed by gzip; "-" is
stdin. Variables such as $private_ipv4 stay as they are. The exit code is 3 when
a file has problems.

Examples:
  ./basalt config validate node1.yaml node2.yaml
  ./basalt config validate --strict - < node1.yaml
`,
    )
    .action((files: string[], options: ValidateOptions) =>
      inSession(options, (session) => validate(session, files, options.strict ?? false)),
    );
}

async function validate(session: Session, files: readonly string[], strict: boolean): Promise<void> {
  const valid = await readValid(session, files, strict);
  const result = valid.map(({ content: _, ...rest }) => rest);
  await showResult(session, 'config validate', { files: result }, () =>
    valid.map(({ file, content }) => `${file}: ${content}`),
  );
}

/**
 * Reads files of user data, and tells their warnings.
 * @param strict Warnings are problems.
 * @throws {UserError} with the problems of all of them.
 */
export async function readValid(
  session: Session,
  files: readonly string[],
  strict = false,
): Promise<ValidFile[]> {
  const problems: Problem[] = [];
  const valid: ValidFile[] = [];
  for (const name of files) {
    const file = name === '-' ? 'stdin' : name;
    const read = await readOne(name, file);
    const warnings = 'warnings' in read ? read.warnings : [];
    if (strict) problems.push(...warnings);
    else for (const warning of warnings) warn(session, warning);
    if (read.kind === 'invalid') problems.push(...read.problems);
    else valid.push({ file, kind: read.kind, warnings, content: contentOf(read) });
  }
  if (problems.length > 0) {
    const wrong = new Set(problems.map(({ file }) => file)).size;
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new UserError(
      'cloud-config-invalid',
      `${wrong === 1 ? [...problems][0]?.file : `${wrong} files`}: ${count}`,
      {
        problems: inOrder(problems, files),
        exitCode: exitCodes.invalidInput,
      },
    );
  }
  return valid;
}

async function readOne(name: string, file: string): Promise<UserData> {
  const refuse = (message: string, hint: string): UserData => ({
    kind: 'invalid',
    problems: [{ file, line: 0, column: 0, message, hint }],
    warnings: [],
  });
  try {
    const bytes = name === '-' ? await buffer(process.stdin) : await readFile(name);
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = packed ? gunzipSync(bytes, { maxOutputLength: USER_DATA_MAXIMUM_CHARACTERS }) : bytes;
    return readUserData(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain), { file });
  } catch (error) {
    if (error instanceof TypeError) return refuse('the file is not UTF-8 text', 'save it as UTF-8');
    return refuse(
      `cannot be read: ${messageOf(error)}`,
      'check the path, its permissions, and that it is whole',
    );
  }
}

function warn(session: Session, { file, line, column, message, hint }: Problem): void {
  const text = `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  session.reporter.emit({ type: 'message', level: 'warning', text });
}

/** Files as they were named, each from top to bottom. */
function inOrder(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const rank = (problem: Problem) => files.indexOf(problem.file === 'stdin' ? '-' : problem.file);
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}

function contentOf(data: UserData): string {
  switch (data.kind) {
    case 'script':
      return 'a script; it is not checked further';
    case 'cloud-config':
      return `valid: ${summaryOf(data.config)}`;
    default:
      return 'empty: the machine keeps its defaults';
  }
}

function summaryOf(config: CloudConfig): string {
  const count = (length: number, noun: string) =>
    length === 0 ? [] : [`${length} ${noun}${length === 1 ? '' : 's'}`];
  const parts = [
    ...(config.hostname === undefined ? [] : [`hostname ${config.hostname}`]),
    ...count(config.sshAuthorizedKeys.length, 'ssh key'),
    ...count(config.users.length, 'user'),
    ...count(config.files.length, 'file'),
    ...count(config.units.length, 'unit'),
    ...(config.etcd === undefined ? [] : ['etcd']),
    ...(config.update === undefined ? [] : ['updates']),
  ];
  return parts.length === 0 ? 'it asks for nothing' : parts.join(', ');
}
