import { expect, it } from 'vitest';
import { parseForwards } from '../../../src/machine/forwards.ts';

it('reads the ports from QEMU 10', () => {
  const answer =
    'Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n' +
    '  TCP[ESTABLISHED]   13       127.0.0.1 39000       10.0.2.15    22     0     0\r\n' +
    '  TCP[HOST_FORWARD]  11       127.0.0.1 40957       10.0.2.15    22     0     0\r\n' +
    '  TCP[HOST_FORWARD]  12         0.0.0.0  8080       10.0.2.15    80     0     0\r\n';
  expect(parseForwards(answer)).toEqual([
    { hostAddress: '127.0.0.1', hostPort: 40957, guestPort: 22 },
    { hostAddress: '0.0.0.0', hostPort: 8080, guestPort: 80 },
  ]);
});
