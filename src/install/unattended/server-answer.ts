/** What `basalt serve` answers to `GET /v1/ask`: docs/provisioning.md, "What the installer sees". Read with distrust. */
import { z } from 'zod';
import { exitCodes, UserError } from '../../errors.ts';

/** An installation has some 30 arguments; of them addresses are the longest, and kernels take 2048 characters in all. */
const ARGUMENTS_MAXIMUM = 256;
const ARGUMENT_MAXIMUM_CHARACTERS = 2048;
const LINES_MAXIMUM = 20;
const LINE_MAXIMUM_CHARACTERS = 300;
const NAME_MAXIMUM_CHARACTERS = 128;

/** For all of it. */
export const ANSWER_MAXIMUM_BYTES = 64 * 1024;

const name = z.string().min(1).max(NAME_MAXIMUM_CHARACTERS);

/** Keys that are not named are for others, such as where the kernel is. */
const answerSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('install'),
    image: name,
    version: name,
    arguments: z.array(z.string().max(ARGUMENT_MAXIMUM_CHARACTERS)).max(ARGUMENTS_MAXIMUM),
  }),
  z.object({
    action: z.literal('disk'),
    lines: z.array(z.string().transform(plainLine)).max(LINES_MAXIMUM),
    /** Whether the machine goes to its disk because the server has seen it installed. */
    installed: z.boolean().default(false),
  }),
]);

/** An answer. */
export type ServerAnswer = z.infer<typeof answerSchema>;

/** @param where The address for messages. @throws {UserError} that repeats nothing of it: it may hold tokens. */
export function readServerAnswer(body: Uint8Array, where: string): ServerAnswer {
  const wrong = (seen: string) =>
    new UserError('answer-invalid', 'the server does not answer as `basalt serve` does', {
      where,
      seen,
      next: ['is it the address of `basalt serve` for machines, port included?'],
      exitCode: exitCodes.invalidInput,
    });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw wrong('it is no JSON in UTF-8');
  }
  const parsed = answerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.join('.');
  throw wrong(`it is wrong at ${at === undefined || at === '' ? 'its top' : at}`);
}

/** It goes to a terminal: nothing in it that a terminal obeys. */
function plainLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return line.length <= LINE_MAXIMUM_CHARACTERS ? line : `${line.slice(0, LINE_MAXIMUM_CHARACTERS)}…`;
}
