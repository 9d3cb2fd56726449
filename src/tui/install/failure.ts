/** Errors, for the screens. */
import { messageOf, ToolError, UserError } from '../../errors.ts';
import type { Failure } from './run.ts';

/** An error in one sentence. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof UserError)) return messageOf(error);
  const parts = [error.message, error.seen, error.needed, ...error.next];
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}

/** An error in the parts that the last screen shows. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UserError)
    return {
      summary: error.message,
      seen: [error.where, ...(error.seen?.split('\n') ?? [])].filter((line) => line !== undefined),
      needed: error.needed,
      next: error.next,
    };
  if (error instanceof ToolError)
    return {
      summary: error.message,
      seen: [error.commandLine, ...error.stderrTail.split('\n').slice(-6)],
      needed: undefined,
      next: ['save the log, and look at the disk with the tools of a shell'],
    };
  return { summary: messageOf(error), seen: [], needed: undefined, next: [] };
}
