/** What is wrong with an answer. */

/** One sentence each, without a full stop: what was seen, and what is needed. */
export interface AnswerFault {
  readonly message: string;
  readonly hint: string;
}

/** The part of the answers that has to change. */
export type AnswerPart = 'network' | 'hostname' | 'keys' | 'role';

/** A fault with the part that made it. */
export interface AnswerProblem extends AnswerFault {
  readonly part: AnswerPart;
}

/** Such as `10.0.0.5 has no prefix; such as 10.0.0.5/24`. */
export function faultText({ message, hint }: AnswerFault): string {
  return hint === '' ? message : `${message}; ${hint}`;
}
