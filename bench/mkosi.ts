/** Runs mkosi in its tree, as root, with its workspace in memory and its package cache warm. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { currentIdentity } from '../src/exec/identity.ts';
import { sandboxCommand } from '../src/exec/sandbox.ts';
import { digestBytes } from '../src/store/digest.ts';
import { MKOSI_FOLDERS, type MkosiImage, mkosiConfig } from './mkosi-config.ts';
import { type Timed, timed } from './timed.ts';

export class Mkosi {
  /**
   * @param root The tree with mkosi.
   * @param folder Where configuration, caches and output are.
   */
  constructor(
    private readonly root: string,
    private readonly folder: string,
  ) {}

  private configDigest = '';

  /** The disk image that the last build made. */
  get image(): string {
    return join(this.folder, 'output/image.raw');
  }

  /** The UKI that the last build made. */
  get uki(): string {
    return join(this.folder, 'output/image.efi');
  }

  /** Writes the configuration. */
  async configure(image: MkosiImage): Promise<void> {
    this.configDigest = digestBytes(JSON.stringify([...mkosiConfig(image)]));
    await rm(join(this.folder, 'config'), { recursive: true, force: true });
    for (const name of ['output', 'cache', 'cache-scratch', 'packages', 'config/overlay/etc'])
      await mkdir(join(this.folder, name), { recursive: true });
    for (const [path, text] of mkosiConfig(image)) {
      const file = join(this.folder, 'config', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await this.changeFile('first');
  }

  /** Changes the one file of the extra tree. */
  async changeFile(text: string): Promise<void> {
    await writeFile(join(this.folder, 'config/overlay/etc/bench-note'), `${text}\n`);
  }

  /**
   * Fills the package cache, and makes the cached trees that incremental builds start from. Both are kept: the next
   * bench with the same configuration starts from them.
   */
  async prepare(): Promise<void> {
    const stamp = join(this.folder, 'prepared');
    if ((await readFile(stamp, 'utf8').catch(() => '')) === this.configDigest) return;
    await rm(join(this.folder, 'cache'), { recursive: true, force: true });
    await mkdir(join(this.folder, 'cache'));
    await this.run(['--incremental=yes', '-ff', 'build']);
    await writeFile(stamp, this.configDigest);
  }

  /** A build that knows only downloaded packages and their lists. */
  fromScratch(): Promise<Timed> {
    // A cache folder of its own: without Incremental= mkosi removes the cached trees that it finds.
    const cache = `--cache-directory=${MKOSI_FOLDERS.scratchCache}`;
    return this.run(['--incremental=no', cache, '--cache-only=always', '-f', 'build']);
  }

  /** A build from the cached trees. */
  incremental(): Promise<Timed> {
    return this.run(['--incremental=yes', '--cache-only=always', '-f', 'build']);
  }

  private run(args: readonly string[]): Promise<Timed> {
    return timed(
      sandboxCommand(
        {
          root: this.root,
          ownRange: true,
          // It makes namespaces and mounts of its own.
          capabilities: ['ALL'],
          network: true,
          tmpfs: [MKOSI_FOLDERS.workspace, '/root', '/dev/shm'],
          binds: [{ source: this.folder, target: '/bench', writable: true }],
          workingDirectory: MKOSI_FOLDERS.config,
        },
        currentIdentity(),
        ['mkosi', ...args],
      ),
    );
  }
}
