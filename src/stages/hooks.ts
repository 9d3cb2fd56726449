/**
 * Runs a recipe's hooks: zx scripts that change the installed package tree before the recipe's own files are laid
 * over it. They see the machine read-only, no network, and the tree at $BASALT_TREE.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolError, UserError } from '../errors.ts';
import { run } from '../exec/run.ts';
import { hookCommand } from './hook-sandbox.ts';
import { inputPath, type StageRunner } from './stage.ts';
import { inputBytes, workspaceFor } from './workspace.ts';

export const hooks: StageRunner<'hooks'> = async (context) => {
  const { options, directory, signal, toolbox } = context;
  const scripts = options.scripts.map(({ sha256, environment }) => {
    const source = context.sourceOf(sha256);
    if (source.kind !== 'file') throw new Error('a hook is a file');
    return { path: source.path, environment };
  });
  await Promise.all(options.scripts.map(({ sha256 }) => context.fileOf(sha256)));
  const { binds } = await workspaceFor(context, inputBytes(context, 'tree'));
  try {
    await run(
      hookCommand({
        identity: toolbox.identity,
        tar: inputPath(context, 'tree', 'tree'),
        tree: binds[0]?.source ?? '/run/tree',
        output: directory,
        scripts,
        epoch: options.epoch,
        projectHome: context.home,
        onTerminal: toolbox.isWatched,
      }),
      { signal, tool: `hook ${scripts.map(({ path }) => basename(path)).join(', ')}` },
    );
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const failed = scripts[Number(await readFile(join(directory, 'running'), 'utf8').catch(() => 'none'))];
    // It failed before the first script, or after the last one: not by a hook's fault.
    if (failed === undefined) throw error;
    throw new UserError('hook-failed', `the hook ${basename(failed.path)} failed`, {
      where: failed.path,
      seen: toolbox.isWatched ? 'what it said on the terminal' : error.stderrTail,
      needed: 'exit code 0',
      cause: error,
    });
  }
  return { files: { tree: join(directory, 'tree.tar') } };
};
