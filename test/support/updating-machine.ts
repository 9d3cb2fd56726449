/** A machine that follows an update repository of the test's own, and what tests ask of it. */
import { parse, stringify } from 'yaml';
import { makeOverlay } from '../../src/machine/overlay.ts';
import { GIB } from '../../src/units.ts';
import type { InstalledDisk } from './installed-disk.ts';
import { makeKey, SshMachine, type SshMachineSpec } from './ssh-machine.ts';
import type { TestRepository } from './test-repository.ts';
import { madeFolder } from './update-versions.ts';

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
const DISK_BYTES = 6 * GIB;

export interface UpdatingOptions {
  /** Becomes part of file names. */
  readonly name: string;
  /** Further keys of `coreos.update`. */
  readonly update?: Readonly<Record<string, string | number>>;
  /** Further items of `write_files`. */
  readonly files?: readonly Readonly<Record<string, string>>[];
  /** A cloud-config that all of this is added to. */
  readonly base?: string;
  readonly machine?: Partial<SshMachineSpec>;
}

interface CloudConfig {
  coreos?: { update?: object } & Record<string, unknown>;
  write_files?: unknown[];
}

export class UpdatingMachine {
  private constructor(readonly machine: SshMachine) {}

  /** The tested image on a fresh disk, switched on. */
  static async start(
    {
      toolbox,
      folder,
      image,
      accelerator,
    }: Pick<InstalledDisk, 'toolbox' | 'folder' | 'image' | 'accelerator'>,
    repository: TestRepository,
    { name, update = {}, files = [], base = '', machine = {} }: UpdatingOptions,
  ): Promise<UpdatingMachine> {
    const place = await madeFolder(folder, name);
    const disk = await makeOverlay(toolbox, {
      image: image.path('qcow2'),
      format: 'qcow2',
      overlay: `${place}/disk.qcow2`,
      sizeBytes: DISK_BYTES,
    });
    const key = await makeKey(toolbox, place);
    const before = (parse(base) ?? {}) as CloudConfig;
    const settings = {
      server: repository.address,
      group: 'stable',
      tries: 1,
      'health-timeout': '15m',
      ...update,
    };
    const configuration = {
      ...before,
      ssh_authorized_keys: [key.publicKey],
      coreos: { ...before.coreos, update: { ...before.coreos?.update, ...settings } },
      write_files: [
        ...(before.write_files ?? []),
        { path: '/etc/basalt/update/root.json', content: repository.root },
        ...files,
      ],
    };
    const ssh = new SshMachine(
      toolbox,
      place,
      key,
      {
        accelerator,
        disks: [{ ...disk, bootIndex: 0 }],
        fwCfg: [{ name: 'opt/basalt/user-data', value: `#cloud-config\n${stringify(configuration)}` }],
        ...machine,
      },
      name,
    );
    await ssh.powerOn();
    return new UpdatingMachine(ssh);
  }

  /** Updates and restarts. @returns What the agent said. */
  async apply(): Promise<string> {
    const said = await this.machine.ssh('sudo basalt-agent update apply 2>&1', APPLY_MS);
    await this.restart();
    return said;
  }

  /** Restarts when the strategy allows it. */
  async restart(): Promise<void> {
    // In a unit of its own: the restart ends this connection, sooner or later.
    await this.machine.ssh(
      'sudo systemd-run --quiet --no-block basalt-agent reboot request "the test asked for it"',
    );
  }

  async status(): Promise<UpdateStatus> {
    return JSON.parse(await this.machine.ssh('sudo basalt-agent update status --json'));
  }

  /** Until the version runs, is marked good, and the boot is over. */
  async isGood(version: string): Promise<void> {
    await this.machine.waitFor('. /usr/lib/os-release; echo $IMAGE_VERSION', new RegExp(`^${version}$`, 'm'));
    await this.isMarkedGood(version);
    await this.machine.waitFor('systemctl is-system-running --wait || true', /running|degraded/);
  }

  /** Until the boot loader counts a version no more. */
  async isMarkedGood(version: string): Promise<void> {
    await this.machine.waitFor('sudo ls /boot/EFI/Linux', new RegExp(`^basalt_${version}\\.efi$`, 'm'));
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
}
