/**
 * The whole image as an AMI: published to the emulator, every block read back, and the disk so rebuilt booted as EC2 does it:
 * by UEFI from NVMe, with the metadata service at its own address.
 */
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiskReader } from '../../src/publish/aws/blocks.ts';
import { readDisk } from '../../src/publish/aws/disk.ts';
import { publishAws } from '../../src/publish/aws/publish.ts';
import { digestFile } from '../../src/store/digest.ts';
import { Store } from '../../src/store/store.ts';
import { GIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { type AwsEmulator, emulatorCredentials, startAwsEmulator } from '../support/aws-emulator.ts';
import { type AwsFront, startAwsFront } from '../support/aws-front.ts';
import { bootAndCheck } from '../support/boot.ts';
import { testImage } from '../support/image.ts';
import { cameFrom, marked, named } from '../support/marked-configuration.ts';
import { type MetadataService, startMetadataService } from '../support/metadata-service.ts';
import { rebuildDisk } from '../support/snapshot-disk.ts';
import { testToolbox } from '../support/toolbox.ts';

const REGION = 'eu-central-1';

let emulator: AwsEmulator | undefined;
let front: AwsFront | undefined;
let service: MetadataService | undefined;
let folder: string;

beforeAll(async () => {
  Object.assign(process.env, emulatorCredentials);
  folder = await mkdtemp(join(tmpdir(), 'basalt-ami-'));
  emulator = await startAwsEmulator();
  front = await startAwsFront(emulator.url);
});
afterAll(async () => {
  await Promise.all([service?.close(), front?.close()]);
  await emulator?.close();
  await rm(folder, { recursive: true, force: true });
});

test('an image goes to Amazon, comes back the same, and boots from NVMe with its metadata', async () => {
  const { signal } = new AbortController();
  const image = await testImage();
  const disk = await readDisk(image.path('raw'), signal);
  const url = front?.url;
  await publishAws({
    store: new Store(join(folder, 'store')),
    signal,
    endpointUrl: url,
    onMessage: () => undefined,
    pollMs: 50,
    // Alone, so that the image's folder stays as it was built.
    wanted: {
      disk: { ...disk, folder: undefined },
      regions: [REGION, 'us-east-1'],
      channel: 'stable',
      prefix: '/basalt',
      sharing: { public: true, accounts: [] },
      commit: undefined,
      keep: undefined,
    },
    tpm: true,
    volumeBytes: 8 * GIB,
    dryRun: false,
    onUpload: () => undefined,
  });
  const requests = front?.taken() ?? [];
  const sent = requests.filter(({ action }) => action === 'PutSnapshotBlock');
  expect(sent.some(({ zero }) => zero)).toBe(false);
  expect(new Set(sent.map(({ block }) => block)).size).toBe(sent.length);

  const snapshotId =
    requests
      .find(({ action }) => action === 'CompleteSnapshot')
      ?.path.split('/')
      .at(-1) ?? '';
  const path = join(folder, 'rebuilt.raw');
  const { blocks } = await rebuildDisk({
    url: emulator?.url ?? '',
    region: REGION,
    snapshotId,
    sizeBytes: disk.sizeBytes,
    path,
  });
  // Whole blocks come back; what is behind the disk's end is zeros (publish-aws.test.ts).
  await truncate(path, disk.sizeBytes);
  expect(await digestFile(path)).toBe(disk.sha256);
  const reader = new DiskReader(disk.path, signal);
  const withData: number[] = [];
  for await (const block of reader.blocks()) {
    withData.push(block.index);
    block.release();
  }
  expect(blocks).toEqual(withData);

  // The volume that an instance gets is larger than the snapshot.
  await truncate(path, 8 * GIB);
  service = await startMetadataService({
    'user-data': gzipSync(marked('ami')),
    'meta-data/hostname': 'ip-10-0-0-9.ec2.internal',
    'meta-data/local-ipv4': '10.0.0.9',
  });
  const toolbox = await testToolbox();
  await bootAndCheck({
    toolbox,
    accelerator: await accelerator(toolbox, image),
    disks: [{ path, format: 'raw', bus: 'nvme', serial: 'vol0123456789abcdef0', throwaway: true }],
    machine: {
      system: { manufacturer: 'Amazon EC2', product: 'm7i.large' },
      network: {
        subnet: '169.254.0.0/16',
        services: [{ address: '169.254.169.254', port: 80, hostPort: service.port }],
      },
    },
    checks: [
      ...cameFrom('ami 10.0.0.9', 'ec2'),
      named('ip-10-0-0-9.ec2.internal'),
      {
        name: 'the root is on NVMe, and verified',
        script: `findmnt -n -o FSTYPE,OPTIONS / | grep -q 'ro'; dmsetup status root | tee /dev/stderr | grep -q 'verity V'
                 lsblk -n -s -o NAME "$(findmnt -n -o SOURCE /)" | tee /dev/stderr | grep -q nvme0n1`,
      },
      {
        name: 'the rest of the volume is in use',
        script: '[ "$(findmnt -n -b -o SIZE /var)" -gt 3000000000 ]',
      },
    ],
  });
  expect(service.requests[0]).toBe('PUT /latest/api/token 200');
});
