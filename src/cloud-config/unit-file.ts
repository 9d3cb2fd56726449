/** The text of a unit, as systemd reads it: systemd.syntax(7). */
import { shorten } from '../yaml/value-path.ts';

/** A line of the text. */
export interface UnitLine {
  /** Counts from 0. */
  readonly number: number;
  readonly text: string;
}

/** `KEY=VALUE`; a value over several lines is joined. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
  readonly line: UnitLine;
}

export interface UnitSection {
  readonly name: string;
  readonly line: UnitLine;
  readonly assignments: readonly Assignment[];
}

/** A line that systemd would not understand. */
export interface UnitFault {
  readonly line: UnitLine;
  readonly message: string;
  readonly hint: string;
}

export interface UnitFile {
  readonly sections: readonly UnitSection[];
  readonly faults: readonly UnitFault[];
}

interface OpenSection extends UnitSection {
  readonly assignments: Assignment[];
}

/** Reads a unit. Never throws. */
export function parseUnit(text: string): UnitFile {
  const sections: OpenSection[] = [];
  const faults: UnitFault[] = [];
  let section: OpenSection | undefined;
  for (const { line, joined } of logicalLines(text)) {
    const content = joined.trim();
    if (content.startsWith('[')) {
      const name = /^\[([^\]]*)\]$/.exec(content)?.[1];
      if (name === undefined || name === '') {
        faults.push({ line, message: 'a section that does not end with "]"', hint: 'such as [Service]' });
        continue;
      }
      section = { name, line, assignments: [] };
      sections.push(section);
      continue;
    }
    const equals = content.indexOf('=');
    if (equals <= 0) {
      faults.push({
        line,
        message: `"${shorten(content)}" is neither a section nor an assignment`,
        hint: 'KEY=VALUE, [Section], or # before a comment; a line that goes on ends with "\\"',
      });
      continue;
    }
    if (section === undefined) {
      faults.push({
        line,
        message: 'an assignment before any section',
        hint: 'put a line such as [Unit] or [Service] before it',
      });
      continue;
    }
    section.assignments.push({
      key: content.slice(0, equals).trim(),
      value: content.slice(equals + 1).trim(),
      line,
    });
  }
  return { sections, faults };
}

/** Lines without comments; those that end with a backslash joined with what follows them. */
function logicalLines(text: string): readonly { readonly line: UnitLine; readonly joined: string }[] {
  const result: { line: UnitLine; joined: string }[] = [];
  let open: { line: UnitLine; parts: string[] } | undefined;
  const lines = text.split('\n');
  for (let number = 0; number < lines.length; number++) {
    const raw = (lines[number] ?? '').replace(/\r$/, '');
    const bare = raw.trimStart();
    // Comments are left out inside of a value too.
    if (bare.startsWith('#') || bare.startsWith(';')) continue;
    if (open === undefined && bare === '') continue;
    const current: { line: UnitLine; parts: string[] } = open ?? { line: { number, text: raw }, parts: [] };
    const goesOn = endsWithBackslash(raw);
    current.parts.push(goesOn ? `${raw.slice(0, -1)} ` : raw);
    open = goesOn ? current : undefined;
    if (!goesOn) result.push({ line: current.line, joined: current.parts.join('') });
  }
  if (open !== undefined) result.push({ line: open.line, joined: open.parts.join('') });
  return result;
}

/** An even number of backslashes are backslashes. */
function endsWithBackslash(line: string): boolean {
  let count = 0;
  while (line[line.length - 1 - count] === '\\') count++;
  return count % 2 === 1;
}
