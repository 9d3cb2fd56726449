/** An installer without a machine: every answer is made up, and time goes only as fast as the story. */
import { UserError } from '../../../src/errors.ts';
import { type InstallStepName, installSteps } from '../../../src/install/events.ts';
import type { InstallRequest } from '../../../src/install/request.ts';
import type { InstallerFacts, InstallerPort } from '../../../src/tui/install/port.ts';
import { dellDisks } from './fake-machine.ts';

export const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHHPNYVJSEwr5Xv8t1hbSNWSVDRLUEY0Xp1W3JXpVvaz ann@example.com';
export const OTHER_KEY = KEY.replace('AAAAIHHP', 'AAAAIHHQ').replace('ann@', 'bob@');

const FILES: Readonly<Record<string, string>> = {
  'keys/ann.pub': `${KEY}\n`,
  'keys/team.txt': `# the team\n${KEY}\n${OTHER_KEY}\n`,
  'notes.txt': 'milk, bread\n',
  'web.yaml': `#cloud-config\n# The web machines.\nssh_authorized_keys:\n  - ${OTHER_KEY}\ncoreos:\n  units:\n    - name: docker.service\n      command: start\n`,
  'broken.yaml': '#cloud-config\nhostnam: web1\n',
};

const GIB = 1024 ** 3;
const SPEED = 512 * 1024 ** 2;

/** What a story may decide. */
export interface FakeOptions {
  /** Waits here while the installation is so far, in percent; time stands still. */
  readonly hold?: (percent: number) => Promise<void>;
  /** Fails in this step. */
  readonly failIn?: InstallStepName | undefined;
}

/** The port, its clock, and what it was asked to install. */
export class FakePort implements InstallerPort {
  readonly requests: InstallRequest[] = [];
  readonly saved: string[] = [];
  reboots = 0;
  private clockMs = 0;

  constructor(
    private readonly known: InstallerFacts,
    private readonly options: FakeOptions = {},
  ) {}

  readonly now = (): number => this.clockMs;

  async facts() {
    return this.known;
  }

  async disks() {
    return dellDisks;
  }

  async fetchText(url: string, signal: AbortSignal): Promise<string> {
    if (url.includes('slow')) await new Promise((_, reject) => signal.addEventListener('abort', reject));
    if (url === 'https://example.com/ann.keys') return `${KEY}\n`;
    throw new UserError('fetch-failed', 'the address cannot be fetched', {
      seen: '404 Not Found',
      where: url,
    });
  }

  async files() {
    return Object.entries(FILES).map(([name, text]) => ({
      id: name,
      title: `BACKUP: ${name}`,
      sizeBytes: text.length,
    }));
  }

  async readFile(id: string) {
    return FILES[id] ?? '';
  }

  async install(...[request, onEvent, signal]: Parameters<InstallerPort['install']>) {
    this.requests.push(request);
    for (const { name } of installSteps) {
      const startedAt = this.clockMs;
      onEvent({ kind: 'step-started', step: name });
      if (name === 'check' && request.disk === '/dev/sdd')
        onEvent({
          kind: 'note',
          level: 'info',
          text: 'an installation was interrupted on this disk; it starts anew',
        });
      if (name === this.options.failIn)
        throw new UserError('disk-failed', 'the disk cannot be written', {
          where: request.disk,
          seen: 'input/output error at byte 733007872',
          needed: 'a disk without faults',
          next: ['look at the health of the disk in the RAID controller', 'choose another disk'],
        });
      if (name === 'copy' || name === 'verify') await this.bytes(name, onEvent, signal);
      else this.clockMs += 800;
      await new Promise((resolve) => setTimeout(resolve, 5));
      onEvent({ kind: 'step-ended', step: name, durationMs: this.clockMs - startedAt });
    }
    onEvent({
      kind: 'note',
      level: 'warning',
      text: 'the firmware took no boot entry; it starts the disk by itself',
    });
    return {
      disk: request.disk,
      version: this.known.image.version,
      bytesWritten: 2 * GIB,
      durationMs: this.clockMs,
      notes: [
        'The firmware took no boot entry. It finds Basalt by itself when this disk is in its order of starting.',
      ],
    };
  }

  private async bytes(
    step: 'copy' | 'verify',
    onEvent: Parameters<InstallerPort['install']>[1],
    signal: AbortSignal,
  ): Promise<void> {
    const total = 2 * GIB;
    for (let part = 0; part <= 20; part++) {
      onEvent({ kind: 'progress', step, doneBytes: (total / 20) * part, totalBytes: total });
      await this.options.hold?.(step === 'copy' ? part * 5 : 100 + part * 5);
      signal.throwIfAborted();
      this.clockMs += (total / 20 / SPEED) * 1000;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async volumes() {
    return [{ id: 'sdf1', title: 'BACKUP, 2 GiB, vfat' }];
  }

  async saveLog(_volume: string, text: string) {
    this.saved.push(text);
    return 'basalt-install-7XK2QN3.log on BACKUP';
  }

  async reboot() {
    this.reboots++;
  }
}
