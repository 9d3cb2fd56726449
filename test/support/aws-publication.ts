/** Publications of a made-up disk to an emulator of Amazon's services, through a front that keeps its rules and misbehaves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { readDisk } from '../../src/publish/aws/disk.ts';
import { observeRegion } from '../../src/publish/aws/observe.ts';
import { type Published, type PublishOptions, publishAws, withAws } from '../../src/publish/aws/publish.ts';
import type { RegionState } from '../../src/publish/aws/state.ts';
import type { Wanted } from '../../src/publish/aws/wanted.ts';
import { Store } from '../../src/store/store.ts';
import { GIB } from '../../src/units.ts';
import { type AwsEmulator, emulatorCredentials, startAwsEmulator } from './aws-emulator.ts';
import { type AwsFront, startAwsFront } from './aws-front.ts';
import { makeRawDisk, type RawDisk, type RawDiskContent } from './raw-disk.ts';

/** What a test works with; each has an empty account of its own. */
export class AwsPublication {
  /** Of the account, without the front. */
  emulator!: AwsEmulator;
  front!: AwsFront;
  folder!: string;
  disk!: RawDisk;
  /** All that was said. */
  messages: string[] = [];

  /** Where runs publish to, in a hurry. */
  place(signal = new AbortController().signal) {
    return {
      store: new Store(join(this.folder, 'store')),
      signal,
      endpointUrl: this.front.url,
      onMessage: (_level: string, text: string) => this.messages.push(text),
      pollMs: 5,
      patience: { firstPauseMs: 2, longestPauseMs: 10 },
    };
  }

  async publish(
    changes: Partial<Wanted> & Pick<Wanted, 'regions'>,
    options: Partial<PublishOptions> = {},
    disk = this.disk,
  ): Promise<Published> {
    return publishAws({
      ...this.place(options.signal),
      wanted: {
        disk: await readDisk(disk.folder, new AbortController().signal),
        channel: 'stable',
        prefix: '/basalt',
        sharing: { public: false, accounts: [] },
        commit: undefined,
        keep: undefined,
        ...changes,
      },
      tpm: true,
      volumeBytes: 8 * GIB,
      dryRun: false,
      onUpload: () => undefined,
      ...options,
    });
  }

  /** What there is in a region, as a run would see it. */
  observe(region: string, name?: string): Promise<RegionState> {
    return withAws({ ...this.place(), endpointUrl: this.emulator.url }, (at) =>
      observeRegion(at, { region, prefix: '/basalt', ...(name !== undefined && { name }) }),
    );
  }
}

/** Sets up before the tests of a file and before each of them, and clears away after. */
export function publicationsOf(content: RawDiskContent): AwsPublication {
  const at = new AwsPublication();
  beforeAll(async () => {
    Object.assign(process.env, emulatorCredentials);
    at.emulator = await startAwsEmulator();
  });
  afterAll(() => at.emulator?.close());
  beforeEach(async () => {
    await at.emulator.reset();
    at.front = await startAwsFront(at.emulator.url);
    at.folder = await mkdtemp(join(tmpdir(), 'basalt-publish-'));
    at.disk = await makeRawDisk(at.folder, content);
    at.messages = [];
  });
  afterEach(async () => {
    await at.front.close();
    await rm(at.folder, { recursive: true, force: true });
  });
  return at;
}
