/** A YAML file as a plain value that remembers where each part was written. */
import type { Document, YAMLError } from 'yaml';
import { messageOf, type Problem } from '../errors.ts';
import { parseBounded } from './bounded-parse.ts';
import { readNodes, type Spot, spotKey } from './nodes.ts';
import type { Origin } from './origin.ts';
import { lineStarts, positionsIn } from './text-position.ts';
import { shorten, type ValuePath } from './value-path.ts';

/** A line of a text inside of a document. */
export interface TextLine {
  /** Counts from 0. */
  readonly number: number;
  /** All of the line, without its end. */
  readonly text: string;
  /** Counts from 0. */
  readonly column?: number;
}

/** A value and the places of its parts. */
export interface SourceDocument {
  /** As errors name it. */
  readonly file: string;
  /** What the text is, in errors: `recipe`, `cloud-config`. */
  readonly noun: string;
  /** Plain data; undefined when the text could not be read as YAML. */
  readonly value: unknown;
  /** What is wrong with the text itself: syntax, duplicate keys, hostile aliases. */
  readonly problems: readonly Problem[];
  /** Where the value at `path` begins; its nearest parent when there is none. */
  place(path: ValuePath): Origin;
  /** Where the key of the value at `path` is written; the value's own place for list items. */
  keyPlace(path: ValuePath): Origin;
  /**
   * Where a line of the text at `path` stands: that of a literal block (`|`); the text's own place for other spellings.
   * @param line Its number in the text, from 0, and what it holds.
   */
  placeInside(path: ValuePath, line: TextLine): Origin;
  /** The scalar at `path` as it was typed, such as `0644` for the number 644. */
  written(path: ValuePath): string | undefined;
}

/** Recipes and cloud-configs are a few kilobytes; a text this large is a mistake or an attack. */
export const DOCUMENT_MAXIMUM_BYTES = 1024 * 1024;

/** Reads YAML 1.2 text. Never throws: what is wrong is in `problems`. */
export function readDocument(file: string, noun: string, text: string): SourceDocument {
  const starts = lineStarts(text);
  const positionOf = positionsIn(text, starts);
  const at = (offset: number): Origin => ({ file, ...positionOf(offset) });
  const parsed = parse(text, starts.length);
  if (parsed instanceof Error)
    return unreadable(file, noun, [
      { file, line: 1, column: 1, message: `not readable as YAML: ${parsed.message}` },
    ]);
  // After the first error the parser meets tokens it did not expect up to the end of the text: they say nothing new.
  const syntax = [...parsed.errors, ...parsed.warnings]
    .filter((error, index) => index === 0 || error.code !== 'UNEXPECTED_TOKEN')
    .map((error) => syntaxProblem(error, noun, at));
  if (syntax.length > 0) return unreadable(file, noun, syntax);

  const nodes = readNodes(parsed);
  const spotAt = (path: ValuePath): Spot => {
    for (let length = path.length; length >= 0; length--) {
      const spot = nodes.spots.get(spotKey(path.slice(0, length)));
      if (spot !== undefined) return spot;
    }
    return { value: 0, key: undefined, written: undefined, literal: false };
  };
  return {
    file,
    noun,
    value: nodes.value,
    problems: nodes.faults.map((fault) => ({
      ...at(fault.offset),
      message: fault.message(at),
      ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    })),
    place: (path) => at(spotAt(path).value),
    keyPlace: (path) => {
      const spot = spotAt(path);
      return at(spot.key ?? spot.value);
    },
    placeInside: (path, { number, text: inside, column = 0 }) => {
      const spot = spotAt(path);
      const start = at(spot.value);
      // A block begins in the line after its mark, and each of its lines is the rest of a line of the document.
      const from = starts[start.line + number];
      if (!spot.literal || from === undefined) return start;
      const line = text.slice(from, starts[start.line + number + 1] ?? text.length).replace(/\r?\n$/, '');
      return { file, line: start.line + number + 1, column: line.length - inside.length + column + 1 };
    },
    written: (path) => nodes.spots.get(spotKey(path))?.written,
  };
}

/** A document whose text could not be read: it has problems and no value. */
export function unreadable(file: string, noun: string, problems: readonly Problem[]): SourceDocument {
  const start = () => ({ file, line: 1, column: 1 });
  return {
    file,
    noun,
    value: undefined,
    problems,
    place: start,
    keyPlace: start,
    placeInside: start,
    written: () => undefined,
  };
}

function parse(text: string, lines: number): Document | Error {
  try {
    return parseBounded(text, lines);
  } catch (error) {
    const message = messageOf(error);
    // A RangeError in V8, an InternalError in QuickJS: the stack's end, or too many arguments.
    return new Error(/stack|too many arguments/i.test(message) ? 'nested too deeply' : message);
  }
}

function syntaxProblem(error: YAMLError, noun: string, at: (offset: number) => Origin): Problem {
  const hints: Partial<Record<string, string>> = {
    TAB_AS_INDENT: 'indent with spaces',
    MULTIPLE_DOCS: `one ${noun} per file: remove the ---`,
    TAG_RESOLVE_FAILED: `remove the tag: a ${noun} is plain YAML`,
    BAD_INDENT: 'keys of one map start in the same column',
  };
  const hint = hints[error.code] ?? 'mend the YAML first: the rest of this file was not checked';
  return { ...at(error.pos[0]), message: shorten(error.message, 200), hint };
}
