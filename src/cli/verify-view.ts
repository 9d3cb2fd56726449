/** What `verify` checks, for people. */
import type { Check } from '../inspect/check.ts';
import { printable } from '../report/printable.ts';
import type { Page } from './show-result.ts';
import { hanging } from './wrap-text.ts';

/** The result of `verify`; with `--json` it is printed as it is (docs/reference/json.md). */
export interface Verification {
  readonly artifact: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

const marks = { ok: ['ok', 'good'], failed: ['FAILED', 'bad'], unchecked: ['?', 'warning'] } as const;

/** The lines of one check, with the name of its file above when the check before it was of another. */
export function checkLines(
  { file, place, claim, outcome, detail }: Check,
  before: Check | undefined,
  { paint, columns }: Page,
): readonly string[] {
  const [mark, tone] = marks[outcome];
  const label = `  ${mark.padEnd(6)}  `;
  const text = place === undefined ? claim : `${place}: ${claim}`;
  const [first = '', ...rest] = hanging(label, printable(text), columns);
  return [
    ...(before?.file === file ? [] : [paint('strong', printable(file))]),
    paint(tone, label) + first.slice(label.length),
    ...rest,
    ...(detail === undefined ? [] : hanging(' '.repeat(label.length), printable(detail), columns)),
  ];
}

/** What it all comes to. */
export function verdictLines({ checks, ok }: Verification, { paint }: Page): readonly string[] {
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  const open = count('unchecked') === 0 ? '' : `, ${count('unchecked')} could not be checked`;
  const verdict = ok ? paint('good', 'sound') : paint('bad', 'not sound');
  return ['', `${verdict}: ${count('ok')} ok, ${count('failed')} failed${open}`];
}
