/** Reading an answers file: strict, and every problem at once with its place. Pure. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Problem } from '../../errors.ts';
import { readDocument, type SourceDocument } from '../../yaml/document.ts';
import { problemsOf } from '../../yaml/problems.ts';
import { answersJsonSchema, answersSchema } from './answers-schema.ts';
import type { UnattendedPlan } from './plan.ts';

export interface ReadAnswers {
  /** Undefined when there are problems. */
  readonly plan: UnattendedPlan | undefined;
  readonly problems: readonly Problem[];
}

/**
 * @param file Its name, for messages.
 * @param folder Where relative paths start from; undefined for a file from the network, which may name none.
 */
export function readAnswers(file: string, folder: string | undefined, text: string): ReadAnswers {
  const source = readDocument(file, 'answers file', text);
  if (source.problems.length > 0) return { plan: undefined, problems: inOrder(source.problems) };
  if (source.value === undefined || source.value === null)
    return {
      plan: undefined,
      problems: [{ file, line: 1, column: 1, message: 'the file is empty', hint: 'it needs disk: at least' }],
    };
  const parsed = answersSchema.safeParse(source.value);
  if (!parsed.success)
    return {
      plan: undefined,
      problems: inOrder(parsed.error.issues.flatMap((issue) => problemsFor(issue, source))),
    };
  const { disk, keepVar, config, hostname, sshKeys, reboot, report } = parsed.data;
  if (config?.file !== undefined && folder === undefined)
    return {
      plan: undefined,
      problems: [
        {
          ...source.place(['config', 'file']),
          message: 'config.file names a file, and the answers came over the network',
          hint: 'give the configuration as text or url',
        },
      ],
    };
  const plan: UnattendedPlan = {
    disk,
    keepVar,
    config:
      config?.text !== undefined
        ? { kind: 'text', text: config.text, file: `${file}: config.text` }
        : config?.file !== undefined
          ? { kind: 'file', path: resolve(folder ?? '/', config.file) }
          : config?.url !== undefined
            ? { kind: 'url', url: config.url }
            : undefined,
    added: { ...(hostname === undefined ? {} : { hostname }), sshKeys },
    report,
    afterwards: reboot,
  };
  return { plan, problems: [] };
}

/** Their values may be secrets, also when they are wrong. */
const SECRET = ['config.url', 'report.url', 'report.token'];

function problemsFor(issue: z.core.$ZodIssue, source: SourceDocument): readonly Problem[] {
  const problems = problemsOf([issue], source, answersJsonSchema());
  const name = issue.path.join('.');
  if (issue.code !== 'custom' || !SECRET.includes(name)) return problems;
  return problems.map((problem) => ({
    ...problem,
    message: `${name} ${issue.message.replace(/^which /, '')}`,
  }));
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
