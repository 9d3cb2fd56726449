/** `basalt-agent swarm COMMAND`: this machine's part in a Docker swarm. */
import type { Host } from '../host.ts';
import { takePart } from '../swarm/join.ts';
import { readSwarmSettings } from '../swarm/settings.ts';

export const SWARM_USAGE = `basalt-agent swarm join
  run by basalt-swarm.service: makes this machine a part of the swarm that /etc/basalt/swarm.env names
`;

/** Runs a command. @returns The exit code. */
export function swarmCommand(host: Host, args: readonly string[]): number {
  if (args.length !== 1 || args[0] !== 'join') {
    host.log('error', SWARM_USAGE);
    return 2;
  }
  const settings = readSwarmSettings(host);
  const { ok, text } =
    typeof settings === 'string' ? { ok: false, text: settings } : takePart(host, settings);
  host.log(ok ? 'info' : 'error', `swarm: ${text}`);
  return ok ? 0 : 1;
}
