/** From answers to one cloud-config, which a machine takes: checked before it is accepted, part by part. */
import { readUserData } from '../../cloud-config/read.ts';
import type { UserData } from '../../cloud-config/user-data.ts';
import type { Answers } from './answers.ts';
import type { AnswerPart, AnswerProblem } from './fault.ts';
import { hostNameFault } from './host-name.ts';
import { Merge } from './merge.ts';
import { networkFaults } from './network.ts';
import { networkUnits } from './network-units.ts';
import { type RoleProblem, renderRole } from './role.ts';
import { readSshKeys } from './ssh-keys.ts';

export type MadeConfiguration =
  /** `text` is undefined when nothing was asked for. Notes are allowed, and worth a look. */
  | { readonly kind: 'made'; readonly text: string | undefined; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly AnswerProblem[] };

const HEADER = '#cloud-config\n';

/**
 * Makes the configuration. Pure.
 * @param cards Names of the machine's network cards.
 */
export function makeCloudConfig(answers: Answers, cards: readonly string[]): MadeConfiguration {
  const fields = fieldProblems(answers, cards);
  if (fields.length > 0) return { kind: 'refused', problems: fields };
  const role = roleText(answers);
  if ('problems' in role) return { kind: 'refused', problems: role.problems };
  const read = readUserData(role.text, { file: role.where });
  if (read.kind === 'invalid') return refused('role', read, role.where);
  if (read.kind === 'script') return joinScript(answers, role.text);
  return joinConfig(answers, role);
}

interface RoleText {
  readonly text: string;
  readonly where: string;
  /** It was rendered with the host name that was answered. */
  readonly isRendered: boolean;
}

/** Each part by itself. */
function fieldProblems({ hostname, sshKeys, network }: Answers, cards: readonly string[]): AnswerProblem[] {
  const problems: AnswerProblem[] = networkFaults(network, cards).map((fault) => ({
    part: 'network',
    ...fault,
  }));
  const name = hostname === undefined ? undefined : hostNameFault(hostname);
  if (name !== undefined) problems.push({ part: 'hostname', ...name });
  const { fault } = sshKeys.length === 0 ? { fault: undefined } : readSshKeys(sshKeys.join('\n'));
  if (fault !== undefined) problems.push({ part: 'keys', ...fault });
  return problems;
}

function roleText({ role, hostname }: Answers): RoleText | { readonly problems: readonly RoleProblem[] } {
  if (role === undefined) return { text: HEADER, where: 'the answers', isRendered: true };
  if (role.kind === 'text') return { text: role.text, where: role.where, isRendered: false };
  const rendered = renderRole(role, hostname);
  if ('problems' in rendered) return rendered;
  return { text: rendered.text, where: role.template.name, isRendered: true };
}

/** Besides a role. */
function asksForNothing({ hostname, sshKeys, network }: Answers): boolean {
  return hostname === undefined && sshKeys.length === 0 && networkUnits(network).length === 0;
}

function joinScript(answers: Answers, text: string): MadeConfiguration {
  if (asksForNothing(answers)) return { kind: 'made', text, notes: [] };
  const hint = 'leave host name, keys and network as they are, or take a #cloud-config';
  const message = 'the role is a script, and other answers cannot be put into a script';
  return { kind: 'refused', problems: [{ part: 'role', message, hint }] };
}

/** Answers come in one after the other, so that what goes wrong is known by its part. */
function joinConfig(answers: Answers, { text, where, isRendered }: RoleText): MadeConfiguration {
  const merge = new Merge(text, where);
  const parts: readonly (readonly [AnswerPart, () => void])[] = [
    ['hostname', () => answers.hostname !== undefined && merge.hostname(answers.hostname, isRendered)],
    ['keys', () => answers.sshKeys.length > 0 && merge.sshKeys(answers.sshKeys)],
    ['network', () => merge.network(answers.network)],
  ];
  let read = readUserData(text, { file: where });
  for (const [part, join] of parts) {
    join();
    if (merge.problems.length > 0) return { kind: 'refused', problems: merge.problems };
    read = readUserData(merge.text(), { file: where });
    if (read.kind === 'invalid') return refused(part, read, where);
  }
  // A file of somebody's own stays as it is to the last blank when nothing goes into it.
  const own = answers.role === undefined ? undefined : text;
  return { kind: 'made', text: asksForNothing(answers) ? own : merge.text(), notes: notesOf(read, where) };
}

function refused(
  part: AnswerPart,
  read: Extract<UserData, { kind: 'invalid' }>,
  where: string,
): MadeConfiguration {
  return {
    kind: 'refused',
    problems: read.problems.map(({ line, message, hint = '' }) => ({
      part,
      message: line > 0 ? `${where}, line ${line}: ${message}` : message,
      hint,
    })),
  };
}

function notesOf(read: UserData, where: string): readonly string[] {
  if (read.kind !== 'cloud-config') return ['No ssh key and no password is set: nobody can log in.'];
  const { sshAuthorizedKeys, users } = read.config;
  const mayLogIn =
    sshAuthorizedKeys.length > 0 ||
    users.some(
      (user) =>
        user.sshAuthorizedKeys.length > 0 || user.sshKeyUrls.length > 0 || user.passwordHash !== undefined,
    );
  return [
    ...(mayLogIn ? [] : ['No ssh key and no password is set: nobody can log in.']),
    ...read.warnings.map(({ line, message, hint }) =>
      [`${where}, line ${line}: ${message}`, ...(hint === undefined ? [] : [hint])].join('; '),
    ),
  ];
}
