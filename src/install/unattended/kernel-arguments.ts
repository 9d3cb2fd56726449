/** `basalt.install.*` of the kernel's command line: what a server or a boot entry asks of the installer. docs/provisioning.md. */
import type { Problem } from '../../errors.ts';
import { suggestion } from '../../yaml/nearest.ts';
import { addressFault } from './address.ts';
import { DISK_SELECTORS, diskSelectorFault } from './disk-selector.ts';
import { type KernelWord, kernelWords } from './kernel-words.ts';
import { type Afterwards, afterwards, type ReportTarget, type UnattendedPlan } from './plan.ts';
import { isToken } from './token.ts';

const PREFIX = 'basalt.install.';
const FILE = '/proc/cmdline';

/** What each may be: what is wrong with a value, in words that do not repeat secrets; and what is allowed. */
const keys: Readonly<
  Record<string, { readonly fault: (value: string) => string | undefined; readonly allowed: string }>
> = {
  unattended: choice('yes', 'no'),
  disk: { fault: (value) => withSeen(value, diskSelectorFault(value)), allowed: DISK_SELECTORS },
  'keep-var': choice('yes', 'no'),
  machine: pattern(/^[A-Za-z0-9._-]{1,64}$/, 'is no id of a machine', 'letters, digits and . _ -'),
  mac: pattern(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'is no MAC', 'such as 52:54:00:12:34:56'),
  image: { fault: addressFault, allowed: 'an address of http or https' },
  server: {
    fault: serverFault,
    allowed: 'an address of http or https without a path, such as http://10.0.0.1:8080',
  },
  config: { fault: addressFault, allowed: 'an address of http or https' },
  answers: { fault: answersFault, allowed: 'an address of http or https, or an absolute path' },
  report: { fault: addressFault, allowed: 'an address of http or https' },
  token: {
    fault: (value) => (isToken(value) ? undefined : 'is no token'),
    allowed: 'a bearer token, as RFC 6750, 2.1, has it',
  },
  reboot: choice(...afterwards),
};

/** Keys that an answers file has too. */
const ANSWERED = ['disk', 'keep-var', 'config', 'reboot'] as const;
/** What says where the rest is: an answer that has it would lead from place to place. */
const LEADING: readonly string[] = ['server', 'answers'];

export interface KernelArguments {
  /** Undefined when no installation without questions is asked for, or there are problems. */
  readonly request:
    | { readonly kind: 'plan'; readonly plan: UnattendedPlan }
    /** The rest is in an answers file. */
    | { readonly kind: 'answers'; readonly where: string }
    /** All of it is asked of `basalt serve` there. */
    | { readonly kind: 'server'; readonly server: string }
    | undefined;
  /** Who is to be told, also of problems. */
  readonly report: ReportTarget | undefined;
  readonly problems: readonly Problem[];
}

/**
 * @param text /proc/cmdline, or arguments with spaces between them. Words of others are passed over.
 * @param answer Address of a server that gave these arguments, for messages; they must not lead elsewhere.
 */
export function readKernelArguments(text: string, answer?: string): KernelArguments {
  const own = kernelWords(text).filter(({ key }) => key.startsWith(PREFIX));
  const problems = [...own.flatMap(problemsOf), ...doubled(own)];
  const valid = own.filter((word) => problemsOf(word).length === 0);
  const value = (key: string) => valid.findLast((word) => word.key === PREFIX + key)?.value;
  const isGiven = (key: string) => own.some((word) => word.key === PREFIX + key);
  const [url, token] = [value('report'), value('token')];
  const report = url === undefined || token === undefined ? undefined : { url, token };
  if (own.length === 0) return { request: undefined, report: undefined, problems: [] };
  const missing = (message: string, hint: string) =>
    void problems.push({ file: FILE, line: 1, column: own[0]?.column ?? 1, message, hint });
  if (isGiven('report') !== isGiven('token')) {
    const [there, not] = isGiven('report') ? ['report', 'token'] : ['token', 'report'];
    missing(`${PREFIX}${there}= is given without ${PREFIX}${not}=`, 'give both, or neither');
  }
  const wanted = value('unattended') === 'yes';
  if (wanted && !isGiven('disk') && !LEADING.some(isGiven))
    missing(`${PREFIX}disk= is missing`, `${PREFIX}disk=…: ${DISK_SELECTORS}`);
  if (isGiven('answers'))
    for (const key of ANSWERED.filter(isGiven))
      missing(`${PREFIX}${key}= is given beside ${PREFIX}answers=`, `write it into the answers file alone`);
  for (const key of answer === undefined ? [] : LEADING.filter(isGiven))
    missing(`${PREFIX}${key}= is not for a server to say`, 'it gives the arguments themselves');
  if (answer === undefined && isGiven('server'))
    for (const key of Object.keys(keys)
      .filter((each) => !['unattended', 'server'].includes(each))
      .filter(isGiven))
      missing(`${PREFIX}${key}= is given beside ${PREFIX}server=`, 'leave it out: the server says it');
  const [answers, server] = [value('answers'), value('server')];
  if (problems.length > 0 || !wanted)
    return { request: undefined, report, problems: placed(inOrder(problems), answer) };
  if (server !== undefined)
    return { request: { kind: 'server', server: new URL(server).origin }, report: undefined, problems: [] };
  if (answers !== undefined) return { request: { kind: 'answers', where: answers }, report, problems: [] };
  const config = value('config');
  const plan: UnattendedPlan = {
    disk: value('disk') ?? '',
    keepVar: value('keep-var') === 'yes',
    config: config === undefined ? undefined : { kind: 'url', url: config },
    added: { sshKeys: [] },
    report,
    afterwards: (value('reboot') as Afterwards | undefined) ?? 'yes',
  };
  return { request: { kind: 'plan', plan }, report, problems: [] };
}

function problemsOf({ key, value, column }: KernelWord): readonly Problem[] {
  const name = key.slice(PREFIX.length);
  const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
  const at = { file: FILE, line: 1, column };
  if (known === undefined)
    return [{ ...at, message: `unknown argument ${key}=`, hint: suggestion(name, Object.keys(keys)) }];
  if (value === undefined || value === '')
    return [{ ...at, message: `${key}= has no value`, hint: known.allowed }];
  const fault = known.fault(value);
  return fault === undefined ? [] : [{ ...at, message: `${key}= ${fault}`, hint: known.allowed }];
}

/** The kernel would take the last of them; which was meant is not for a program to guess that erases a disk. */
function doubled(words: readonly KernelWord[]): readonly Problem[] {
  return words.flatMap(({ key, column }, index) =>
    words.findIndex((word) => word.key === key) === index
      ? []
      : [{ file: FILE, line: 1, column, message: `${key}= is given twice`, hint: 'give it once' }],
  );
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.column - b.column);
}

/** Columns of an answer that nobody sees say nothing. */
function placed(problems: readonly Problem[], answer: string | undefined): readonly Problem[] {
  return answer === undefined
    ? problems
    : problems.map((problem) => ({ ...problem, file: answer, line: 0, column: 0 }));
}

function choice(...words: readonly string[]) {
  return {
    fault: (value: string) => (words.includes(value) ? undefined : `is "${shown(value)}"`),
    allowed: words.join(', '),
  };
}

function pattern(allowed: RegExp, fault: string, hint: string) {
  return { fault: (value: string) => (allowed.test(value) ? undefined : `${fault}`), allowed: hint };
}

function answersFault(value: string): string | undefined {
  if (!value.startsWith('/')) return addressFault(value);
  return /\p{Cc}/u.test(value) ? 'is no path' : undefined;
}

/** Its paths are known: docs/provisioning.md. */
function serverFault(value: string): string | undefined {
  const fault = addressFault(value);
  if (fault !== undefined) return fault;
  const { pathname, search, username, password } = new URL(value);
  if (username !== '' || password !== '') return 'has a user or a password, and it takes none';
  return pathname === '/' && search === '' ? undefined : 'has a path or a query';
}

function withSeen(value: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `is "${shown(value)}", which ${fault}`;
}

function shown(value: string): string {
  const line = value.replace(/\p{Cc}+/gu, ' ');
  return line.length <= 80 ? line : `${line.slice(0, 80)}…`;
}
