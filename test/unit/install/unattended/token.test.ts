import { expect, test } from 'vitest';
import { UserError } from '../../../../src/errors.ts';
import { secretsOf, withoutSecrets } from '../../../../src/install/unattended/token.ts';
import { failureText, withoutSecretsIn } from '../../../../src/install/unattended/told-failure.ts';

const REPORT = 'r'.repeat(43);
const CONFIG = 'c'.repeat(43);
const secrets = secretsOf({
  config: { kind: 'url', url: `http://ops:passw0rd@h/config?token=${CONFIG}&v=1` },
  report: { url: 'http://h/progress', token: REPORT },
});

test('tokens, passwords and queries are secrets; short words are not', () => {
  expect(withoutSecrets(`${REPORT} ${CONFIG} passw0rd v=1 h`, secrets)).toBe('… … … v=1 h');
});

test('an error is told without them, in one line', () => {
  const error = new UserError('x', `not with ${REPORT}`, {
    seen: `http://h/config?token=${CONFIG}&v=1`,
    needed: 'another',
    where: REPORT,
    next: [`use ${CONFIG}`],
    problems: [
      { file: 'a', line: 2, column: 3, message: `is ${CONFIG}`, hint: REPORT },
      { file: 'a', line: 4, column: 3, message: 'wrong' },
    ],
  });
  const clean = withoutSecretsIn(error, secrets);
  expect(JSON.stringify(clean) + String((clean as Error).stack)).not.toMatch(/rrrrr|ccccc/);
  expect(failureText(clean)).toBe('not with …; http://h/config?…; needed: another; a:2:3: is … and 1 more');
  expect(failureText(new Error('plain'))).toBe('plain');
});
