/**
 * What a service says with an answer: Redfish's extended information (DSP0266, "Error responses"), which iDRAC fills with
 * messages of its own registry as well.
 */
import { type Json, listOf, objectOf, textOf } from './json.ts';

/** One message. */
export interface BmcMessage {
  /** Such as `Base.1.12.ActionParameterMissing` or `IDRAC.2.8.RAC0904`. */
  readonly id: string;
  readonly text: string;
  /** What the service says to do about it. */
  readonly resolution: string | undefined;
  readonly severity: string | undefined;
}

/** The messages of an answer's body, in its order; none when it has none. */
export function messagesIn(body: Json | undefined): readonly BmcMessage[] {
  if (body === undefined) return [];
  const error = objectOf(body, 'error');
  const found = [
    ...listOf(error ?? {}, '@Message.ExtendedInfo'),
    ...listOf(body, '@Message.ExtendedInfo'),
    ...listOf(body, 'Messages'),
  ].map(
    (each): BmcMessage => ({
      id: textOf(each, 'MessageId') ?? '',
      text: textOf(each, 'Message') ?? '',
      resolution: textOf(each, 'Resolution'),
      severity: textOf(each, 'MessageSeverity') ?? textOf(each, 'Severity'),
    }),
  );
  if (found.length > 0 || error === undefined) return found;
  return [
    {
      id: textOf(error, 'code') ?? '',
      text: textOf(error, 'message') ?? '',
      resolution: undefined,
      severity: undefined,
    },
  ];
}

/** The last part of a message's id, without registry and version: `ActionParameterMissing`. */
export function keyOf({ id }: BmcMessage): string {
  return id.split('.').at(-1) ?? id;
}

/** Messages as lines: their text, with the id to look them up by. */
export function sayMessages(messages: readonly BmcMessage[]): string {
  return messages
    .filter(({ id, text }) => id !== '' || text !== '')
    .map(({ id, text }) => (id === '' ? text : `${text} (${id})`))
    .join('\n');
}

/** What the service advises, each once, without what says nothing. */
export function adviceOf(messages: readonly BmcMessage[]): readonly string[] {
  const said = messages.map(({ resolution }) => resolution?.trim() ?? '');
  return [...new Set(said)].filter(
    (text) => text !== '' && !/^(none|no response action is required)\.?$/i.test(text),
  );
}
