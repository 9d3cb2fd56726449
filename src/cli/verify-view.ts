/** What `verify` checked, for people. */
import type { Check } from '../inspect/check.ts';
import type { Verification } from '../inspect/verify.ts';
import { printable } from '../report/printable.ts';
import type { Page } from './show-result.ts';
import { hanging } from './wrap-text.ts';

const marks = { ok: ['ok', 'good'], failed: ['FAILED', 'bad'], unchecked: ['?', 'warning'] } as const;

/** One line for each check, under the file it is about; details below. */
export function verificationLines({ checks, ok }: Verification, page: Page): readonly string[] {
  const files = [...new Set(checks.map(({ file }) => file))];
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  const open = count('unchecked') === 0 ? '' : `, ${count('unchecked')} could not be checked`;
  const verdict = ok ? page.paint('good', 'sound') : page.paint('bad', 'not sound');
  return [
    ...files.flatMap((file) => [
      page.paint('strong', printable(file)),
      ...checks.filter((check) => check.file === file).flatMap((check) => checkLines(check, page)),
    ]),
    '',
    `${verdict}: ${count('ok')} ok, ${count('failed')} failed${open}`,
  ];
}

function checkLines({ place, claim, outcome, detail }: Check, { paint, columns }: Page): readonly string[] {
  const [mark, tone] = marks[outcome];
  const label = `  ${mark.padEnd(6)}  `;
  const [first = '', ...rest] = hanging(
    label,
    printable(place === undefined ? claim : `${place}: ${claim}`),
    columns,
  );
  return [
    paint(tone, label) + first.slice(label.length),
    ...rest,
    ...(detail === undefined ? [] : hanging(' '.repeat(label.length), printable(detail), columns)),
  ];
}
