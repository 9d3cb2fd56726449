/** A cloud-config that leaves its mark on a machine, and the checks that find it: for boots that ask where it came from. */
import type { GuestCheck } from './guest-check.ts';

/** @param mark Letters and digits. */
export const marked = (mark: string): string => `#cloud-config
write_files:
  - path: /etc/came-from
    content: "${mark} $private_ipv4"
`;

/**
 * @param mark With the address behind it: empty when no platform told one.
 * @param source As `basalt-agent status` names it.
 */
export const cameFrom = (mark: string, source: string): GuestCheck[] => [
  {
    name: `the configuration is that of ${source}`,
    script: `[ "$(cat /etc/came-from)" = '${mark}' ] || { cat /etc/came-from; journalctl -b -u basalt-agent; exit 1; }
             basalt-agent status --json > /run/status.json || { cat /run/status.json; exit 1; }
             grep -q '"${source}"' /run/status.json || { cat /run/status.json; exit 1; }`,
  },
  {
    name: 'the agent leaves no disk mounted and no file behind',
    script: `[ -z "$(ls -A /run/basalt/scratch 2>/dev/null)" ]; if findmnt -n -o TARGET | grep basalt/scratch; then exit 1; fi`,
  },
  {
    name: 'the system runs',
    script: 'systemctl is-system-running --wait | tee /dev/stderr | grep -qx running',
    timeoutSeconds: 300,
  },
];

export const named = (name: string): GuestCheck => ({
  name: `the name is ${name}`,
  script: `hostname | tee /dev/stderr | grep -qx '${name}'`,
});
