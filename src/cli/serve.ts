/** `basalt serve`: the server that machines boot from over the network, and install themselves. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { addServeCheck } from './serve-check.ts';
import { addServeReinstall } from './serve-reinstall.ts';
import { type StateOptions, stateFolder, withState } from './serve-state.ts';
import { addServeStatus } from './serve-status.ts';
import { inSession, type Session } from './session.ts';
import { workshopOf } from './workshop.ts';

interface ServeOptions extends StateOptions {
  readonly images?: string;
}

export function registerServe(program: Command): void {
  const serve = withState(
    program
      .command('serve [machines]')
      .description('boot machines over the network and let them install themselves')
      .option('--images <dir>', 'folder with the builds (default: out)'),
  )
    .addHelpText(
      'after',
      `
MACHINES is a machines.yaml (default: the one in the current folder). It is read
again whenever it changes. docs/provisioning.md is the guide.

Examples:
  cp templates/provision/machines.yaml .
  ./basalt serve check machines.yaml
  sudo ./basalt serve machines.yaml
  ./basalt serve status
  ./basalt serve reinstall rack4-7
`,
    )
    .action((file: string | undefined, options: ServeOptions) =>
      inSession(options, (session) => run(session, file ?? 'machines.yaml', options)),
    );
  addServeCheck(serve);
  addServeStatus(serve);
  addServeReinstall(serve);
}

async function run(session: Session, file: string, options: ServeOptions): Promise<void> {
  const { home, store, identity, signal, reporter } = session;
  const onMessage = (level: 'detail' | 'info' | 'warning', text: string) =>
    reporter.emit({ type: 'message', level, text });
  const onInfo = (text: string) => onMessage('info', text);
  const [{ openPrograms }, { serve }, { loadMachines }] = await Promise.all([
    import('../provision/programs.ts'),
    import('../provision/serve.ts'),
    import('../provision/settings.ts'),
  ]);
  const templates = join(home, 'templates');
  // A mistake in the file is told before anything is fetched.
  await loadMachines(file, join(templates, 'cloud-config'));
  const toolbox = await workshopOf(session).toolbox();
  const programs = await openPrograms({ store, toolbox, identity, signal, onMessage: onInfo });
  await serve({
    file,
    state: stateFolder(options),
    outDir: resolve(options.images ?? join(home, 'out')),
    templates,
    toolbox,
    programs,
    signal,
    onMessage,
    onReady: ({ server, status }) => {
      onInfo(`machines boot from ${server}`);
      onInfo(`status page: ${status}`);
    },
  });
}
