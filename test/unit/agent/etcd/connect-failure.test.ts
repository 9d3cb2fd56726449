import { expect, test } from 'vitest';
import { connectFailure, connectProblem } from '../../../../src/agent/etcd/connect-failure.ts';

const trying = '*   Trying 10.0.0.2:2380...\n';
const failed = (reason: string) =>
  `* connect to 10.0.0.2 port 2380 from 10.0.0.1 port 53312 failed: ${reason}\n`;
const immediate = (reason: string) => `* Immediate connect fail for 2001:db8::1: ${reason}\n`;
const end = 'curl: (7) Failed to connect to node2 port 2380 after 0 ms: Could not connect to server\n';

test.each([
  ['refused', 7, trying + failed('Connection refused') + end],
  ['refused', 7, trying + failed('Connection refused') + trying + failed('Connection refused') + end],
  ['unreachable', 7, trying + failed('No route to host') + end],
  ['unreachable', 7, trying + immediate('Network is unreachable') + end],
  ['unreachable', 7, trying + immediate('Permission denied') + end],
  ['unreachable', 7, trying + failed('Connection refused') + immediate('Network is unreachable') + end],
  ['unreachable', 7, trying + failed('Verbindungsaufbau abgelehnt') + end],
  ['unreachable', 7, end],
  ['unnamed', 6, '* Could not resolve host: node2\ncurl: (6) Could not resolve host: node2\n'],
  ['unnamed', 28, 'curl: (28) Resolving timed out after 4000 milliseconds\n'],
  ['silent', 28, `${trying}curl: (28) Connection timed out after 4000 milliseconds\n`],
  ['strange', 28, `${trying}* Connected to 10.0.0.2 (10.0.0.2) port 2380\n> GET /members HTTP/1.1\n`],
  ['strange', 22, 'curl: (22) The requested URL returned error: 503\n'],
  ['strange', 60, 'curl: (60) SSL certificate problem\n'],
  ['strange', 124, ''],
  ['strange', 127, 'curl: not found\n'],
] as const)('%s: curl %i, %j', (expected, exitCode, stderr) => {
  expect(connectFailure(exitCode, stderr)).toBe(expected);
});

test('the problem names what curl leaves out of its last line', () => {
  expect(connectProblem(7, trying + failed('No route to host') + end)).toBe(
    `${end.trim()}: No route to host`,
  );
  expect(connectProblem(124, '')).toBe('curl: (124)');
});
