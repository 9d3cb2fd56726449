import { expect, test } from 'vitest';
import { chooseView } from '../../../src/report/choose.ts';

const terminal = { isTTY: true };
const pipe = {};

test.each([
  ['a terminal', false, terminal, { TERM: 'xterm' }, 'live'],
  ['a pipe', false, pipe, { TERM: 'xterm' }, 'plain'],
  ['a terminal that can not move its cursor', false, terminal, { TERM: 'dumb' }, 'plain'],
  ['a terminal in CI', false, terminal, { TERM: 'xterm', CI: 'true' }, 'plain'],
  ['CI switched off', false, terminal, { TERM: 'xterm', CI: 'false' }, 'live'],
  ['JSON on a terminal', true, terminal, { TERM: 'xterm' }, 'json'],
  ['JSON in a pipe', true, pipe, {}, 'json'],
])('%s', (_case, json, stderr, env, view) => {
  expect(chooseView({ json }, stderr, env)).toBe(view);
});
