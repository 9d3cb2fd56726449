/** Where `basalt install` runs: in a live system, which installs itself, or elsewhere, with the folder of a build. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { findArtifact, pathOf } from '../inspect/artifact.ts';
import { waitForDisks } from '../install/disks/settle.ts';
import { folderSource } from '../install/folder-source.ts';
import { writeInitrdDefinitions } from '../install/initrd-definitions.ts';
import { isLive, liveSource } from '../install/live-source.ts';
import { ownPrograms, type Programs } from '../install/programs.ts';
import type { InstallSource } from '../install/source.ts';
import { toolsPrograms } from './install-programs.ts';
import type { Session } from './session.ts';
import { workshopOf } from './workshop.ts';

export interface InstallScene {
  readonly isLive: boolean;
  /** Undefined outside of a live system without --from. */
  readonly source: InstallSource | undefined;
  readonly programs: Programs;
}

/**
 * Opens what an installation needs, for the time of `work`.
 * @param from An output folder, or the name of an image for its newest one.
 */
export async function withScene<T>(
  session: Session,
  from: string | undefined,
  work: (scene: InstallScene) => Promise<T>,
): Promise<T> {
  if (process.getuid?.() !== 0)
    throw new UserError('needs-root', 'only root may look into disks and write to them', {
      next: ['run it with sudo'],
    });
  const live = await isLive();
  if (live && from === undefined) {
    const programs = ownPrograms;
    const { signal } = session;
    // The machine has only just started; on what is found too late, "the smallest disk" would be another one.
    await waitForDisks({ programs, signal, onNote: (text) => process.stderr.write(`${text}\n`) });
    return work({ isLive: live, programs, source: await liveSource({ signal, programs }) });
  }
  const toolbox = await workshopOf(session).toolbox();
  const programs = toolsPrograms(toolbox);
  if (from === undefined) return work({ isLive: live, programs, source: undefined });
  const scratch = await mkdtemp(join(tmpdir(), 'basalt-source-'));
  try {
    const source = await buildSource(session, from, scratch, { programs, tools: toolbox.root });
    return await work({ isLive: live, programs, source });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function buildSource(
  session: Session,
  from: string,
  scratch: string,
  { programs, tools }: { readonly programs: Programs; readonly tools: string },
): Promise<InstallSource> {
  const place = await findArtifact(from, join(session.home, 'out'));
  if (place.kind !== 'folder')
    throw new UserError('source-invalid', '--from needs the folder of a build', {
      where: pathOf(place),
      next: ['name a folder such as out/IMAGE/VERSION'],
    });
  const [boot, definitions] = [join(scratch, 'boot'), join(scratch, 'repart.d')];
  await mkdir(join(boot, 'loader'), { recursive: true });
  // As every image gets them: src/stages/disk.ts.
  await copyFile(
    join(tools, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi'),
    join(boot, 'systemd-bootx64.efi'),
  );
  await copyFile(join(session.home, 'templates/boot/loader.conf'), join(boot, 'loader/loader.conf'));
  const source = await folderSource(place.folder, { boot, definitions });
  await writeInitrdDefinitions(programs, source.uki.path, definitions, session.signal);
  return source;
}
