import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import {
  GUEST_VERDICT,
  type GuestCheck,
  guestCheck,
  guestScript,
  parseGuestReport,
} from '../../support/guest-check.ts';

/** Runs the guest's script here, with a file for its port. */
async function runHere(checks: readonly GuestCheck[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-check-'));
  try {
    const port = join(folder, 'port');
    await writeFile(port, '');
    const script = guestScript(checks)
      .replace('exec 3>/dev/ttyS1', `exec 3>${port}`)
      .replace(/^stty.*$/m, '');
    await execa('bash', ['-c', script]);
    return await readFile(port, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('tells what is true and what is not, and why', async () => {
  const text = await runHere([
    { name: 'one', script: 'test 1 = 1\n' },
    { name: 'two words', script: 'echo "quotes \' and $HOME"\nfalse\necho never' },
    { name: 'slow', script: 'sleep 5', timeoutSeconds: 1 },
    { name: 'unset', script: 'echo $nothing_of_this_name' },
  ]);
  expect(parseGuestReport(text)).toEqual([
    { name: 'one', ok: true, why: '' },
    { name: 'two words', ok: false, why: expect.stringMatching(/^exit code 1: quotes ' and /) },
    { name: 'slow', ok: false, why: expect.stringMatching(/^exit code 124: no end after 1 s/) },
    { name: 'unset', ok: false, why: expect.stringContaining('unbound variable') },
  ]);
  expect(GUEST_VERDICT.exec(text)?.[1]).toBe('FAIL');
  expect(text).not.toContain('never');
});

it('passes when all is true', async () => {
  expect(GUEST_VERDICT.exec(await runHere([{ name: 'one', script: 'true' }]))?.[1]).toBe('PASS');
});

it('refuses names that would break the report', () => {
  expect(() => guestScript([{ name: "it's", script: 'true' }])).toThrow('not plain');
});

it('travels as credentials', () => {
  const names = guestCheck([]).map(
    (content) =>
      /^io\.systemd\.credential\.binary:([^=]+)=/.exec('value' in content ? content.value : '')?.[1],
  );
  expect(names).toEqual([
    'systemd.extra-unit.basalt-check.service',
    'systemd.unit-dropin.multi-user.target~basalt-check',
    'basalt-check.script',
  ]);
});
