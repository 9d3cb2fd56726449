/** `basalt install` on a terminal, without a disk named: the screens that ask. */
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { runInstaller } from '../tui/install/run-installer.tsx';
import { installPort, LIVE_TEMPLATES } from './install-port.ts';
import type { InstallScene } from './install-scene.ts';
import type { Session } from './session.ts';

/** Whether somebody is there to ask. */
export function canAsk({ json }: Pick<Session, 'json'>): boolean {
  return !json && process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/**
 * Asks, and installs.
 * @param bootEntry Make an entry in the firmware.
 * @throws {UserError} when there is nothing to install.
 */
export async function installByHand(
  session: Session,
  scene: InstallScene,
  bootEntry: boolean,
): Promise<void> {
  const { source } = scene;
  if (source === undefined)
    throw new UserError('no-source', 'nothing to install is named', {
      seen: 'this is no live system',
      next: ['name a build: --from out/IMAGE/VERSION', 'or start a live system of the image'],
    });
  // The screens have the terminal for themselves.
  await session.reporter.close();
  await runInstaller({
    port: installPort({
      scene,
      source,
      templates: scene.isLive ? LIVE_TEMPLATES : join(session.home, 'templates/cloud-config'),
      bootEntry,
      signal: session.signal,
    }),
    input: process.stdin,
    output: process.stdout,
    env: process.env,
  });
}
