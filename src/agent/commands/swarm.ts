/** `basalt-agent swarm COMMAND`: this machine's part in a Docker swarm. */
import { type Command, CommandError, exitCodes } from '../command.ts';
import { takePart } from '../swarm/join.ts';
import { readSwarmSettings } from '../swarm/settings.ts';

/** The command. */
export const swarm: Command = {
  help: `join  run by basalt-swarm.service: takes part in the swarm that /etc/basalt/swarm.env names
`,
  run({ host, arguments: args }) {
    if (args.length !== 1 || args[0] !== 'join')
      throw new CommandError(`swarm ${args.join(' ')}: swarm join is all there is`, exitCodes.usage);
    const settings = readSwarmSettings(host);
    if (typeof settings === 'string') throw new CommandError(settings);
    const { ok, text } = takePart(host, settings);
    host.log(ok ? 'info' : 'error', `swarm: ${text}`);
    return ok ? exitCodes.ok : exitCodes.failed;
  },
};
