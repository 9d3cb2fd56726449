/** apt inside the tools tree, on an own state folder: package lists, solving, and package records. */
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bind } from '../exec/sandbox.ts';
import { digestBytes, digestFile } from '../store/digest.ts';
import { type AptSource, renderSources } from './apt-sources.ts';
import type { Toolbox, ToolOptions } from './toolbox.ts';

const STATE = '/apt';

/** A package file as apt names it. */
export interface AptDownload {
  readonly uri: string;
  /** `name=version`, as apt-cache and apt-get take it. */
  readonly exactName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface AptOptions {
  readonly toolbox: Toolbox;
  /** Folder for apt's state: package lists and its binary caches. */
  readonly directory: string;
  readonly sources: readonly AptSource[];
  readonly architecture: string;
  /** Keyrings of the machine to bind into the sandbox. */
  readonly binds: readonly Bind[];
  readonly signal: AbortSignal;
}

export class Apt {
  constructor(private readonly options: AptOptions) {}

  /** Writes the configuration; needed before anything else. */
  async prepare(): Promise<void> {
    const { directory, sources, architecture } = this.options;
    for (const folder of ['etc/apt.conf.d', 'etc/preferences.d', 'lists/partial', 'cache/archives/partial']) {
      await mkdir(join(directory, folder), { recursive: true });
    }
    await writeFile(join(directory, 'status'), '');
    await writeFile(join(directory, 'etc/sources.list'), renderSources(sources));
    await writeFile(
      join(directory, 'apt.conf'),
      [
        `Dir "${STATE}";`,
        `Dir::Etc "${STATE}/etc";`,
        `Dir::Etc::sourceparts "/dev/null";`,
        `Dir::State "${STATE}";`,
        `Dir::State::lists "${STATE}/lists";`,
        `Dir::State::status "${STATE}/status";`,
        `Dir::Cache "${STATE}/cache";`,
        `APT::Architecture "${architecture}";`,
        `APT::Architectures { "${architecture}"; };`,
        'APT::Install-Recommends "false";',
        'APT::Sandbox::User "root";',
        'Acquire::Languages "none";',
        'Acquire::Retries "3";',
        'Acquire::http::Timeout "30";',
        'Acquire::ForceHash "SHA256";',
        'APT::Update::Error-Mode "any";',
        '',
      ].join('\n'),
    );
  }

  /** When the package lists were last fetched, in ms since 1970, or undefined when they never were. */
  async listsFetchedAt(): Promise<number | undefined> {
    const found = await stat(join(this.options.directory, 'fetched')).catch(() => undefined);
    return found?.mtimeMs;
  }

  /**
   * Fetches the package lists; apt verifies their signatures.
   * @throws {ToolError} when a mirror cannot be reached or a signature is wrong.
   */
  async update(): Promise<void> {
    const stamp = join(this.options.directory, 'fetched');
    const before = await this.listsFetchedAt();
    // Old while it lasts: a killed update may leave lists of two dates, which the next run must not take for fresh.
    if (before !== undefined) await utimes(stamp, 1, 1);
    try {
      await this.run(['apt-get', 'update', '--quiet=2']);
    } catch (error) {
      // apt keeps the lists it had.
      if (before !== undefined) await utimes(stamp, before / 1000, before / 1000);
      throw error;
    }
    await writeFile(stamp, '');
    await utimes(stamp, new Date(), new Date());
  }

  /** SHA-256 over the Release files in force: the identity of the package lists. */
  async listsDigest(): Promise<string> {
    const lists = join(this.options.directory, 'lists');
    const names = (await readdir(lists)).filter((name) => name.endsWith('Release')).sort();
    const digests = await Promise.all(names.map((name) => digestFile(join(lists, name))));
    return digestBytes(names.map((name, index) => `${name} ${digests[index]}`).join('\n'));
  }

  /** The newest `Date:` of the Release files, in seconds since 1970: the build's epoch. */
  async releaseDate(): Promise<number> {
    const lists = join(this.options.directory, 'lists');
    let newest = 0;
    for (const name of (await readdir(lists)).filter((entry) => entry.endsWith('Release'))) {
      const date = /^Date: (.*)$/m.exec(await readFile(join(lists, name), 'utf8'))?.[1];
      if (date) newest = Math.max(newest, Math.floor(Date.parse(date) / 1000));
    }
    return newest;
  }

  /** Every package name that the lists know, virtual ones included. */
  async packageNames(): Promise<string[]> {
    const { stdout } = await this.run(['apt-cache', 'pkgnames']);
    return stdout.split('\n');
  }

  /**
   * Solves for a set of packages on an empty system.
   * @param packages Names, or apt patterns such as `?essential`.
   * @throws {ToolError} with apt's explanation when there is no solution.
   */
  async solve(packages: readonly string[]): Promise<AptDownload[]> {
    const { stdout } = await this.run([
      'apt-get',
      'install',
      '--yes',
      '--print-uris',
      '--quiet=2',
      ...packages,
    ]);
    return stdout.split('\n').flatMap((line) => {
      // 'URI' name_version_arch.deb SIZE SHA256:DIGEST, with the epoch's colon as %3a in the file name only.
      const match = /^'([^']+)' ([^_\s]+)_([^_\s]+)_\S+ (\d+) SHA256:([0-9a-f]{64})$/.exec(line);
      if (!match) return [];
      const [, uri = '', name = '', version = '', size = '', sha256 = ''] = match;
      return [{ uri, exactName: `${name}=${decodeURIComponent(version)}`, sizeBytes: Number(size), sha256 }];
    });
  }

  /**
   * The control records of exact versions.
   * @param packages Such as `bash=5.2.37-2`.
   */
  async showRecords(packages: readonly string[]): Promise<string> {
    const { stdout } = await this.run(['apt-cache', 'show', '--no-all-versions', ...packages]);
    return stdout;
  }

  private run(command: readonly [string, ...string[]]): ReturnType<Toolbox['run']> {
    const { toolbox, directory, binds, signal } = this.options;
    const options: ToolOptions = {
      network: true,
      binds: [{ source: directory, target: STATE, writable: true }, ...binds],
      env: { APT_CONFIG: `${STATE}/apt.conf` },
      signal,
    };
    return toolbox.run(command, options);
  }
}
