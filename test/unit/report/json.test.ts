import { expect, test } from 'vitest';
import { createJsonReporter } from '../../../src/report/json.ts';
import { Captured } from './captured.ts';

test('one object a line, with the time and the event', async () => {
  const stream = new Captured();
  const reporter = createJsonReporter(stream, { now: () => Date.UTC(2025, 0, 2, 3, 4, 5, 6) });
  reporter.emit({ type: 'message', level: 'warning', text: 'two\nlines' });
  reporter.emit({ type: 'end', ok: false, durationMs: 12 });
  await reporter.close();
  expect(stream.lines).toHaveLength(2);
  expect(stream.lines.map((line) => JSON.parse(line))).toEqual([
    { time: '2025-01-02T03:04:05.006Z', type: 'message', level: 'warning', text: 'two\nlines' },
    { time: '2025-01-02T03:04:05.006Z', type: 'end', ok: false, durationMs: 12 },
  ]);
});

test('the stream stays open for what the command prints itself', async () => {
  const stream = new Captured();
  const reporter = createJsonReporter(stream);
  await reporter.close();
  stream.write('result\n');
  expect(stream.lines).toEqual(['result']);
});
