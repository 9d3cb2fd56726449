/** The engine's programs outside of a live system: those of the tools tree, which see this machine's devices. */
import type { Programs } from '../install/programs.ts';
import type { Toolbox } from '../tools/toolbox.ts';

export function toolsPrograms(toolbox: Toolbox): Programs {
  return (command, { reads = [], env, ...options } = {}) =>
    toolbox.run(command, {
      ...options,
      ...(env === undefined ? {} : { env }),
      // All of /dev: partitions and loop devices come and go while a program runs.
      devices: ['/dev'],
      binds: ['/sys', ...reads].map((source) => ({ source })),
    });
}
