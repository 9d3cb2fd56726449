/** A machine that follows an update repository of the test's own, and what tests ask of it. */
import { readFile } from 'node:fs/promises';
import { initRepository } from '../../src/release/init.ts';
import { defaultLifetimes } from '../../src/release/roles.ts';
import { GIB } from '../../src/units.ts';
import { type InstalledDisk, installedDisk } from './installed-disk.ts';
import { makeReleasePlace, type ReleasePlace } from './release-build.ts';
import { makeKey, SshMachine, type SshMachineSpec } from './ssh-machine.ts';
import { type StaticServer, serveFolder } from './static-server.ts';
import { buildVersion, madeFolder, publish, type VersionOptions } from './update-versions.ts';

/** What `basalt-agent update status --json` has. */
export interface UpdateStatus {
  readonly version: string;
  readonly slot: string;
  readonly probation?: string;
  readonly otherVersion?: string;
  readonly waiting?: string;
  readonly rejected: readonly { readonly version: string; readonly reason: string }[];
  readonly last?: { readonly ok: boolean; readonly text: string; readonly next?: string };
  readonly faults: readonly string[];
}

const APPLY_MS = 20 * 60_000;

export interface UpdatingOptions {
  /** Becomes part of folders' names. */
  readonly name: string;
  /** Further lines of `coreos.update`. */
  readonly update?: Readonly<Record<string, string | number>>;
  /** Further items of `write_files`, as YAML. */
  readonly files?: string;
  readonly machine?: Partial<SshMachineSpec>;
}

export class UpdatingMachine {
  private constructor(
    readonly installed: InstalledDisk,
    readonly place: ReleasePlace,
    readonly server: StaticServer,
    readonly machine: SshMachine,
    private readonly builds: string,
  ) {}

  /** The tested image on a fresh disk, switched on, with a repository that has this one version. */
  static async start({
    name,
    update = {},
    files = '',
    machine = {},
  }: UpdatingOptions): Promise<UpdatingMachine> {
    const installed = await installedDisk(name, 6 * GIB);
    const { toolbox, folder, image } = installed;
    const place = await makeReleasePlace();
    const { root } = await initRepository(place.context, {
      rootKeys: 1,
      threshold: 1,
      lifetimes: defaultLifetimes,
    });
    await publish(place.context, image.folder, image.manifest.version);
    const server = await serveFolder(place.context.repository);
    const key = await makeKey(toolbox, folder);
    const settings = {
      server: `http://10.0.2.2:${server.port}`,
      group: 'stable',
      'reboot-strategy': 'reboot',
      tries: 1,
      'health-timeout': '5m',
      ...update,
    };
    const configuration = `#cloud-config
ssh_authorized_keys: ["${key.publicKey}"]
coreos:
  update: ${JSON.stringify(settings)}
write_files:
  - path: /etc/basalt/update/root.json
    content: '${(await readFile(root, 'utf8')).trim()}'
${files}`;
    const ssh = new SshMachine(
      toolbox,
      folder,
      key,
      {
        accelerator: installed.accelerator,
        disks: [{ ...installed.disk, bootIndex: 0 }],
        fwCfg: [{ name: 'opt/basalt/user-data', value: configuration }],
        ...machine,
      },
      name,
    );
    await ssh.powerOn();
    return new UpdatingMachine(installed, place, server, ssh, await madeFolder(folder, 'builds'));
  }

  /** The image's own. */
  get firstVersion(): string {
    return this.installed.image.manifest.version;
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
  }

  /** Updates and restarts. @returns What the agent said. */
  apply(): Promise<string> {
    return this.machine.ssh('sudo basalt-agent update apply --reboot 2>&1', APPLY_MS);
  }

  async status(): Promise<UpdateStatus> {
    return JSON.parse(await this.machine.ssh('sudo basalt-agent update status --json'));
  }

  /** Until the version runs, is marked good, and the boot is over. */
  async isGood(version: string): Promise<void> {
    await this.machine.waitFor('. /usr/lib/os-release; echo $IMAGE_VERSION', new RegExp(`^${version}$`, 'm'));
    await this.machine.waitFor('sudo ls /boot/EFI/Linux', new RegExp(`^basalt_${version}\\.efi$`, 'm'));
    await this.machine.waitFor('systemctl is-system-running --wait || true', /running|degraded/);
  }

  /** Until a version is rejected, and the one before it runs again. @returns Why it was. */
  async isRejected(version: string, before: string): Promise<string> {
    await this.machine.waitFor(
      'sudo basalt-agent update status --json',
      new RegExp(`"rejected": \\[[^\\]]*"version": "${version}"`),
      20 * 60_000,
    );
    await this.isGood(before);
    const { rejected } = await this.status();
    return rejected.find((each) => each.version === version)?.reason ?? '';
  }

  async remove(): Promise<void> {
    await this.machine.remove();
    await this.server.close();
    await this.place.remove();
    await this.installed.remove();
  }
}
