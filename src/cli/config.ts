/** `basalt config`: the group of commands around a machine's configuration. One file per command. */
import type { Command } from 'commander';
import { addConfigPki } from './config-pki.ts';
import { addConfigRender } from './config-render.ts';
import { addConfigValidate } from './config-validate.ts';

export function registerConfig(program: Command): void {
  const config = program
    .command('config')
    .description('write and check the configuration of machines')
    .addHelpText('after', '\nExample:\n  ./basalt config validate node1.yaml\n');
  for (const add of [addConfigRender, addConfigPki, addConfigValidate]) add(config);
}
