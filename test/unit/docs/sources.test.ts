/** The table of sources says what the agent does. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { searchLimitMs, sourceLimitsMs } from '../../../src/agent/sources/limits.ts';
import { sourceNames } from '../../../src/agent/sources/source.ts';

const folder = resolve(import.meta.dirname, '../../../docs/sources');
const text = readFileSync(resolve(folder, 'README.md'), 'utf8');

test('the table has every source in the order in which it is asked, with its limit', () => {
  const rows = [...text.matchAll(/^\| (\d+) \| \[([\w-]+)\]\(([\w-]+\.md)\) \|.*\| (\d+) s \|$/gm)];
  expect(rows.map(([, number, name, , seconds]) => [Number(number), name, Number(seconds) * 1000])).toEqual(
    sourceNames.map((name, index) => [index + 1, name, sourceLimitsMs[name]]),
  );
  for (const [, , , page] of rows) expect(existsSync(resolve(folder, page ?? '')), page).toBe(true);
  expect(text).toContain(`at most ${searchLimitMs / 1000} s`);
});

test('each page names its limit', () => {
  for (const name of sourceNames) {
    const page = readFileSync(resolve(folder, `${name}.md`), 'utf8');
    if (name !== 'image') expect(page, name).toContain(`${sourceLimitsMs[name] / 1000} s`);
  }
});
