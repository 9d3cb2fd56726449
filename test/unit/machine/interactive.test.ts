import { expect, it } from 'vitest';
import { keyReader } from '../../../src/machine/interactive.ts';

function typed(...chunks: string[]): { sent: string; stops: number } {
  let sent = '';
  let stops = 0;
  const read = keyReader({
    send: (bytes) => {
      sent += bytes.toString();
    },
    stop: () => {
      stops += 1;
    },
  });
  for (const chunk of chunks) read(Buffer.from(chunk));
  return { sent, stops };
}

it('passes keys on', () => {
  expect(typed('ls\r', '\u001b[A', 'é')).toEqual({ sent: 'ls\r\u001b[Aé', stops: 0 });
});

it('takes Ctrl-C for itself', () => {
  expect(typed('a\u0003b', '\u0003')).toEqual({ sent: 'ab', stops: 2 });
});

it('passes on the key after Ctrl-], also when they come apart', () => {
  expect(typed('\u001d\u0003', '\u001d', '\u001d', 'x')).toEqual({ sent: '\u0003\u001dx', stops: 0 });
});
