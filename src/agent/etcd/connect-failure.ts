/** Why curl got no answer. Pure. */

/**
 * `refused`: the machine answered, and nothing listens there. `unreachable`: the network has no way to it, so nobody
 * knows what runs there. `silent`: no answer to the attempt to connect, in time. `unnamed`: no address for its name.
 * `strange`: something is there that gave no usable answer: an etcd that does not trust this machine, or hangs.
 */
export type ConnectFailure = 'refused' | 'unreachable' | 'silent' | 'unnamed' | 'strange';

/**
 * Tells the failures of `curl --verbose` apart. Exit codes of curl(1): 6 no such name, 7 no connection, 28 too late, with whatever it was doing then. All
 * errors of connect(2) give 7; only the verbose lines name them, one for each address that was tried:
 *
 *     * connect to 10.0.0.2 port 2380 from 10.0.0.1 port 53312 failed: Connection refused
 *     * Immediate connect fail for 10.0.0.2: Network is unreachable
 */
export function connectFailure(exitCode: number, stderr: string): ConnectFailure {
  switch (exitCode) {
    case 6:
      return 'unnamed';
    case 7: {
      const reasons = connectErrors(stderr);
      // A text in another language is none of these, and then nothing is concluded from it.
      return reasons.length > 0 && reasons.every((reason) => reason === 'Connection refused')
        ? 'refused'
        : 'unreachable';
    }
    case 28:
      if (!/^\* +Trying /m.test(stderr)) return 'unnamed';
      return /^\* (Connected|Established connection) to /m.test(stderr) ? 'strange' : 'silent';
    default:
      return 'strange';
  }
}

/** What curl says to people: its last line, and the errors of connect(2), which that line leaves out. */
export function connectProblem(exitCode: number, stderr: string): string {
  const said = stderr.split('\n').findLast((line) => line.startsWith('curl: ')) ?? `curl: (${exitCode})`;
  const reasons = [...new Set(connectErrors(stderr))];
  return exitCode === 7 && reasons.length > 0 ? `${said}: ${reasons.join(', ')}` : said;
}

function connectErrors(stderr: string): string[] {
  const lines = stderr.matchAll(
    /^\* +(?:connect to .* failed|Immediate connect fail for [^\s]+): (.*?)\r?$/gm,
  );
  return [...lines].map(([, reason = '']) => reason);
}
