/** `basalt install`: an image goes onto a disk. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import type { InstallDisk } from '../install/disk.ts';
import { listDisks } from '../install/disks/list.ts';
import { type DiskSelector, parseSelector, selectDisk } from '../install/disks/select.ts';
import { install } from '../install/install.ts';
import { readMachine } from '../install/machine/read-machine.ts';
import type { InstallSource } from '../install/source.ts';
import { readConfig } from '../install/unattended/config.ts';
import { type InstallScene, withScene } from './install-scene.ts';
import { openTelling } from './install-telling.ts';
import { canAsk, installByHand } from './install-terminal.ts';
import { installUnattended } from './install-unattended.ts';
import { contentsText, diskLines, resultLines } from './install-view.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

export interface InstallOptions extends CommonOptions {
  readonly from?: string;
  readonly disk?: string;
  readonly keepVar?: boolean;
  readonly config?: string;
  readonly yes?: boolean;
  readonly list?: boolean;
  /** Undefined when neither --boot-entry nor --no-boot-entry was given. */
  readonly bootEntry?: boolean;
  readonly unattended?: boolean;
  readonly answers?: string;
}

export function registerInstall(program: Command): void {
  program
    .command('install')
    .description('install an image to a disk: of a live system, or from the folder of a build')
    .option('--list', 'show the disks, what is on them, and which can be chosen')
    .option('--disk <selector>', 'serial:…, wwn:…, /dev/…, smallest-nvme or smallest-any')
    .option('--from <build>', 'folder of a build, or an image for its newest; by default the live system')
    .option('--keep-var', 'keep the data in /var of an earlier installation')
    .option('--config <file>', 'cloud-config for the machine')
    .option('--yes', 'erase the disk without asking')
    .option('--answers <file>', 'install without questions, as an answers file says')
    .option('--unattended', 'install without questions, as the kernel command line says')
    .option('--boot-entry', 'make an entry in this firmware, also outside of a live system')
    .option('--no-boot-entry', 'leave the firmware alone')
    .addHelpText(
      'after',
      `
Erases the disk, unless --keep-var is given. In a live system it installs what
is running; elsewhere --from names a build, and the firmware is left alone.
On a terminal, without options, it asks.

Examples:
  basalt install --list
  basalt install --disk serial:PHLN210500AB1P9X --config node1.yaml --yes
  sudo ./basalt install --from out/dell/1.2.0 --disk /dev/sdb --yes
  basalt install --answers /media/stick/answers.yaml
`,
    )
    .action((options: InstallOptions) =>
      options.unattended || options.answers !== undefined
        ? installUnattended(options)
        : inSession(options, (session) => run(session, options)),
    );
}

async function run(session: Session, options: InstallOptions): Promise<void> {
  if (options.list) return showDisks(session, options);
  if (options.disk === undefined && canAsk(session))
    return withScene(session, options.from, (scene) =>
      installByHand(session, scene, options.bootEntry ?? (scene.isLive && options.from === undefined)),
    );
  if (options.disk === undefined)
    throw new UserError('no-disk', 'no disk is named', {
      needed: '--disk with a selector, or --list to see the disks',
      next: ['basalt install --list', 'basalt install --disk serial:… --yes'],
    });
  await installTo(session, options, parseSelector(options.disk));
}

async function showDisks(session: Session, options: InstallOptions): Promise<void> {
  await withScene(session, options.from, async ({ source, programs }) => {
    const disks = await listDisks({ source, programs, signal: session.signal });
    await showResult(session, 'install', { disks }, ({ disks: found }, page) => diskLines(found, page));
  });
}

async function installTo(session: Session, options: InstallOptions, selector: DiskSelector): Promise<void> {
  const cloudConfig = await configOf(session, options.config);
  await withScene(session, options.from, async (scene) => {
    const { source, programs, isLive } = scene;
    if (source === undefined)
      throw new UserError('no-source', 'nothing to install is named', {
        seen: 'this is no live system',
        next: ['name a build: --from out/IMAGE/VERSION', 'or start a live system of the image'],
      });
    const disk = await chosenDisk(session, scene, source, selector);
    await confirm(session, options, source, disk);
    const tell = await openTelling(session);
    const result = await install({
      source,
      programs,
      machine: await readMachine(),
      request: {
        disk: disk.path,
        chosen: disk,
        keepVar: options.keepVar ?? false,
        cloudConfig,
        report: undefined,
      },
      bootEntry: options.bootEntry ?? (isLive && options.from === undefined),
      signal: session.signal,
      onEvent: tell,
    });
    await showResult(session, 'install', result, resultLines);
  });
}

/** A path may name a disk that is never offered by itself, such as a loop device. */
async function chosenDisk(
  { signal }: Session,
  { programs }: InstallScene,
  source: InstallSource,
  selector: DiskSelector,
): Promise<InstallDisk> {
  const only = selector.kind === 'path' ? { only: selector.value } : {};
  return selectDisk(await listDisks({ source, programs, signal, ...only }), selector);
}

/** Nothing is erased that nobody agreed to: by --yes, or by typing the disk's name. */
async function confirm(
  session: Session,
  { yes, keepVar }: InstallOptions,
  source: InstallSource,
  disk: InstallDisk,
): Promise<void> {
  if (yes) return;
  const seen = `on it now: ${contentsText(disk)}`;
  const what = `${disk.path} would be ${keepVar ? 'changed' : 'erased'}`;
  if (session.json || !process.stdin.isTTY)
    throw new UserError('not-confirmed', `${what}, and nobody agreed`, {
      seen,
      needed: '--yes, or a terminal to ask on',
      next: [`say --yes to install version ${source.version} to ${disk.name}`],
    });
  await session.reporter.close();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question(
      `${what} for version ${source.version}; ${seen}.\nType ${disk.name} to go on: `,
      { signal: session.signal },
    );
    if (typed.trim() !== disk.name)
      throw new UserError('not-confirmed', 'nothing was written', {
        seen: `"${typed.trim()}" was typed`,
        needed: disk.name,
      });
  } finally {
    terminal.close();
  }
}

async function configOf(session: Session, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const { signal } = session;
  const { text, warnings } = await readConfig({ kind: 'file', path }, { signal, patienceMs: 0 });
  for (const { file, line, column, message } of warnings)
    session.reporter.emit({
      type: 'message',
      level: 'warning',
      text: `${file}:${line}:${column}: ${message}`,
    });
  return text;
}
