/** `basalt config`: the group of commands around a machine's configuration. One file per command. */
import type { Command } from 'commander';
import { addConfigValidate } from './config-validate.ts';

export function registerConfig(program: Command): void {
  const config = program
    .command('config')
    .description('check the configuration of machines')
    .addHelpText('after', '\nExample:\n  ./basalt config validate node1.yaml\n');
  for (const add of [addConfigValidate]) add(config);
}
