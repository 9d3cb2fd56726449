/** An engine that remembers what it is asked for, in place of the one that writes to disks. */
import type { InstallDisk } from '../../../src/install/disk.ts';
import type { InstallEvent } from '../../../src/install/events.ts';
import type { InstallRequest } from '../../../src/install/request.ts';
import type { Engine, Installed } from '../../../src/install/unattended/run-unattended.ts';

const DISK: InstallDisk = {
  name: 'nvme0n1',
  path: '/dev/nvme0n1',
  model: 'Dell Ent NVMe P5600',
  serial: 'PHLN210500AB',
  wwn: undefined,
  bus: 'nvme',
  rotational: false,
  sizeBytes: 1.6e12,
  sectorBytes: 512,
  contents: { table: undefined, partitions: [], signatures: [], basalt: undefined },
  refusal: undefined,
};

/** It writes nothing. */
export class FakeEngine implements Engine<Installed> {
  readonly selectors: string[] = [];
  readonly requests: InstallRequest[] = [];
  nextBoots = 0;
  choose: () => InstallDisk = () => DISK;
  work: (onEvent: (event: InstallEvent) => void, signal: AbortSignal) => Promise<void> = async (onEvent) => {
    onEvent({ kind: 'step-started', step: 'copy' });
    onEvent({ kind: 'step-ended', step: 'copy', durationMs: 1 });
  };

  async chooseDisk(selector: string): Promise<InstallDisk> {
    this.selectors.push(selector);
    return this.choose();
  }

  async install(
    request: InstallRequest,
    { onEvent, signal }: { signal: AbortSignal; onEvent: (event: InstallEvent) => void },
  ): Promise<Installed> {
    this.requests.push(request);
    await this.work(onEvent, signal);
    return { version: '1.0.0' };
  }

  async startFromDiskNext(): Promise<undefined> {
    this.nextBoots++;
  }
}
