/**
 * Runs a recipe's hooks: zx scripts that change the installed package tree before the recipe's own files are laid
 * over it. They see the machine read-only, no network, and the tree at $BASALT_TREE.
 */
import { basename, join } from 'node:path';
import { ToolError, UserError } from '../errors.ts';
import { run } from '../exec/run.ts';
import { hookCommand } from './hook-sandbox.ts';
import { inputPath, type StageRunner } from './stage.ts';

export const hooks: StageRunner<'hooks'> = async (context) => {
  const { options, directory, signal, toolbox } = context;
  const scripts = options.scripts.map(({ sha256, environment }) => {
    const source = context.sourceOf(sha256);
    if (source.kind !== 'file') throw new Error('a hook is a file');
    return { path: source.path, environment };
  });
  await Promise.all(options.scripts.map(({ sha256 }) => context.fileOf(sha256)));
  try {
    await run(
      hookCommand({
        identity: toolbox.identity,
        tar: inputPath(context, 'tree', 'tree'),
        output: directory,
        scripts,
        epoch: options.epoch,
        projectHome: context.home,
      }),
      { signal, tool: `hook ${scripts.map(({ path }) => basename(path)).join(', ')}` },
    );
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UserError('hook-failed', 'a hook failed', {
      where: scripts.map(({ path }) => path).join(', '),
      seen: error.stderrTail,
      needed: 'every hook to end with exit code 0',
      cause: error,
    });
  }
  return { files: { tree: join(directory, 'tree.tar') } };
};
