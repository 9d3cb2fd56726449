/** An update repository of a test's own, on the loopback, that starts with the tested image. */
import { readFile, rm } from 'node:fs/promises';
import { initRepository } from '../../src/release/init.ts';
import { defaultLifetimes } from '../../src/release/roles.ts';
import type { TestImage } from './image.ts';
import { makeReleasePlace, type ReleasePlace } from './release-build.ts';
import { type StaticServer, serveFolder } from './static-server.ts';
import { buildVersion, madeFolder, publish, type VersionOptions } from './update-versions.ts';

export class TestRepository {
  private constructor(
    readonly place: ReleasePlace,
    readonly server: StaticServer,
    /** root.json: whom its machines trust. */
    readonly root: string,
    private readonly builds: string,
  ) {}

  /** @param folder Builds are kept there. */
  static async start(image: TestImage, folder: string): Promise<TestRepository> {
    const place = await makeReleasePlace();
    const { root } = await initRepository(place.context, {
      rootKeys: 1,
      threshold: 1,
      lifetimes: defaultLifetimes,
    });
    await publish(place.context, image.folder, image.manifest.version);
    const server = await serveFolder(place.context.repository);
    const builds = await madeFolder(folder, 'builds');
    return new TestRepository(place, server, (await readFile(root, 'utf8')).trim(), builds);
  }

  /** As machines with QEMU's user network reach it. */
  get address(): string {
    return `http://10.0.2.2:${this.server.port}`;
  }

  /**
   * Builds a version whose /etc/mark names it, and puts it into the channel.
   * @param spoil Gets the output folder before it is published.
   */
  async release(
    version: string,
    options: VersionOptions & { readonly from?: readonly string[] } = {},
    spoil?: (build: string) => Promise<void>,
  ): Promise<void> {
    const { from = [], files = [], ...rest } = options;
    const mark = { path: '/etc/mark', content: `${version}\n` };
    const build = await buildVersion(this.builds, version, { ...rest, files: [mark, ...files] });
    await spoil?.(build);
    await publish(this.place.context, build, version, from);
    // The repository has what machines get of it.
    await rm(build, { recursive: true });
  }

  async remove(): Promise<void> {
    await this.server.close();
    await this.place.remove();
  }
}
