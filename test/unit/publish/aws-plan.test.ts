import { expect, test } from 'vitest';
import type { PublishedDisk } from '../../../src/publish/aws/disk.ts';
import { leftoversOf } from '../../../src/publish/aws/leftovers.ts';
import { amiName, clientToken, contentTags, parameterNames } from '../../../src/publish/aws/names.ts';
import { planPublication, type Step } from '../../../src/publish/aws/plan.ts';
import { registrationOf } from '../../../src/publish/aws/registration.ts';
import type { ExistingImage, RegionState } from '../../../src/publish/aws/state.ts';
import type { Wanted } from '../../../src/publish/aws/wanted.ts';
import { GIB } from '../../../src/units.ts';

const disk: PublishedDisk = {
  path: '/out/aws_2.raw',
  sizeBytes: 1.5 * GIB,
  sha256: 'ab'.repeat(32),
  image: 'aws',
  version: '2',
  architecture: 'amd64',
  rootHash: 'cd'.repeat(32),
  folder: '/out',
};
const wanted: Wanted = {
  disk,
  regions: ['eu-central-1', 'us-east-1'],
  channel: 'stable',
  prefix: '/basalt',
  sharing: { public: false, accounts: [] },
  commit: undefined,
  keep: undefined,
};
const empty = (region: string): RegionState => ({
  region,
  images: [],
  snapshots: [],
  parameters: {},
  sharing: {},
});
const names = parameterNames('/basalt', 'stable', disk);

/** A region in which all is done. */
function done(region: string, changes: Partial<ExistingImage> = {}): RegionState {
  const tags = { ...contentTags(disk), 'basalt:published': 'stable' };
  const image: ExistingImage = {
    id: `ami-${region}`,
    name: amiName(disk),
    state: 'available',
    createdAt: '2026-11-22T10:00:00Z',
    tags,
    snapshotIds: [`snap-${region}`],
    ...changes,
  };
  return {
    region,
    images: [image],
    snapshots: [{ id: `snap-${region}`, state: 'completed', tags }],
    parameters: { [names.version]: image.id, [names.latest]: image.id },
    sharing: {},
  };
}

const kinds = (states: readonly RegionState[], changes: Partial<Wanted> = {}) =>
  planPublication({ ...wanted, ...changes }, states).phases.map((phase) =>
    phase.map((step) => `${step.kind} ${step.region}`).join(', '),
  );

test('from nothing: nobody is told before the image is everywhere', () => {
  expect(kinds(wanted.regions.map(empty))).toEqual([
    'upload eu-central-1',
    'register eu-central-1',
    'wait eu-central-1',
    'copy us-east-1',
    'wait us-east-1',
    'tag eu-central-1, tag us-east-1',
    'parameter eu-central-1, parameter us-east-1',
    'parameter eu-central-1, parameter us-east-1',
    'tag eu-central-1, tag us-east-1',
  ]);
});

test('when all is done there is nothing to do, and a new commit is no reason', () => {
  expect(kinds(wanted.regions.map((region) => done(region)))).toEqual([]);
  const tagged = (region: string) => {
    const state = done(region);
    const tags = { ...state.images[0]?.tags, 'basalt:commit': 'one' };
    return {
      ...state,
      images: state.images.map((image) => ({ ...image, tags })),
      snapshots: state.snapshots.map((snapshot) => ({ ...snapshot, tags })),
    };
  };
  expect(kinds(wanted.regions.map(tagged), { commit: 'two' })).toEqual([]);
});

test('a snapshot that is complete is not sent again; one in progress is gone on with; a failed one is not used', () => {
  const withSnapshot = (state: string) => ({
    ...empty('eu-central-1'),
    snapshots: [{ id: 'snap-1', state, tags: contentTags(disk) }],
  });
  const first = (state: string): Step | undefined =>
    planPublication({ ...wanted, regions: ['eu-central-1'] }, [withSnapshot(state)]).phases[0]?.[0];
  expect(first('completed')).toEqual({ kind: 'register', region: 'eu-central-1', snapshotId: 'snap-1' });
  expect(first('pending')).toEqual({ kind: 'upload', region: 'eu-central-1', snapshotId: 'snap-1' });
  expect(first('error')).toEqual({ kind: 'upload', region: 'eu-central-1' });
});

test('a failed image is made again, a pending one is waited for', () => {
  const states = [done('eu-central-1'), done('us-east-1', { state: 'failed' })];
  expect(kinds(states)[0]).toBe('copy us-east-1');
  expect(kinds([done('eu-central-1'), done('us-east-1', { state: 'pending' })])).toEqual(['wait us-east-1']);
});

test('only what is missing of permissions is given', () => {
  const sharing = { public: true, accounts: ['111111111111', '222222222222'] };
  const half = {
    ...done('eu-central-1'),
    sharing: {
      'ami-eu-central-1': { public: true, accounts: ['111111111111', '222222222222'] },
      'snap-eu-central-1': { public: true, accounts: ['111111111111'] },
    },
  };
  expect(planPublication({ ...wanted, regions: ['eu-central-1'], sharing }, [half]).phases.flat()).toEqual([
    {
      kind: 'share',
      region: 'eu-central-1',
      imageId: 'ami-eu-central-1',
      sharing: { public: false, accounts: ['222222222222'] },
    },
  ]);
});

test('the keep policy: this one counts; other images, architectures and channels do not; what is pointed to stays', () => {
  const old = (
    version: string,
    day: number,
    changes: Partial<PublishedDisk> = {},
    channel: string | undefined = 'stable',
  ): ExistingImage => {
    const of = { ...disk, version, sha256: `${day}`.padStart(64, '0'), ...changes };
    return {
      id: `ami-${of.image}-${version}-${of.architecture}`,
      name: amiName(of),
      state: 'available',
      createdAt: `2026-01-0${day}T00:00:00Z`,
      tags: { ...contentTags(of), ...(channel !== '' && { 'basalt:published': channel }) },
      snapshotIds: [`snap-${version}`],
    };
  };
  const state: RegionState = {
    ...empty('eu-central-1'),
    images: [
      old('1', 1),
      old('1.1', 2),
      old('1.2', 3),
      old('1.3', 4),
      old('0', 1, { image: 'gpu' }),
      old('0', 1, { architecture: 'arm64' }),
      old('0.9', 1, {}, 'testing'),
      // A publication that failed: clean-up is for it, and it pushes nothing out.
      old('1.4', 5, {}, ''),
    ],
    parameters: {
      '/basalt/aws/stable/1/amd64': 'ami-aws-1-amd64',
      '/basalt/aws/lts/1.1/amd64': 'ami-aws-1.1-amd64',
      '/basalt/aws/stable/1.1/amd64': 'ami-aws-1.1-amd64',
      '/basalt/aws/stable/latest/amd64': 'ami-aws-1.2-amd64',
      '/basalt/aws/testing/0.9/amd64': 'ami-aws-0.9-amd64',
    },
  };
  const retired = (keep: number, channel = 'stable') =>
    planPublication({ ...wanted, regions: ['eu-central-1'], keep, channel }, [state])
      .phases.flat()
      .flatMap((step) =>
        step.kind === 'retire' ? [[step.imageId, ...step.snapshotIds, ...step.parameters]] : [],
      );
  expect(retired(4)).toEqual([['ami-aws-1-amd64', 'snap-1', '/basalt/aws/stable/1/amd64']]);
  // `latest` of this channel moves on, and protects nothing of the past.
  expect(retired(1).map(([id]) => id)).toEqual(['ami-aws-1.3-amd64', 'ami-aws-1.2-amd64', 'ami-aws-1-amd64']);
  // Another channel's policy takes nothing of this one.
  expect(retired(1, 'testing').map(([id]) => id)).toEqual(['ami-aws-0.9-amd64']);
});

test('left over is what nobody was told of', () => {
  const unfinished = { ...done('us-east-1', { tags: {} }), parameters: {} };
  expect(leftoversOf(unfinished).map(({ imageId, snapshotIds }) => [imageId, ...snapshotIds])).toEqual([
    ['ami-us-east-1', 'snap-us-east-1'],
  ]);
  expect(leftoversOf(done('us-east-1'))).toEqual([]);
  // Published under another prefix of parameters.
  expect(leftoversOf({ ...done('us-east-1'), parameters: {} })).toEqual([]);
  const lonely = { ...done('us-east-1'), images: [], parameters: {} };
  expect(leftoversOf(lonely)).toMatchObject([{ snapshotIds: ['snap-us-east-1'] }]);
  expect(leftoversOf(lonely, 'ef'.repeat(32))).toEqual([]);
});

test('an image boots by UEFI from gp3, gives metadata to sessions only, and has a TPM unless told otherwise', () => {
  const request = registrationOf({ disk, tpm: true, volumeBytes: GIB }, 'snap-1');
  expect(request).toMatchObject({
    Architecture: 'x86_64',
    BootMode: 'uefi',
    EnaSupport: true,
    ImdsSupport: 'v2.0',
    TpmSupport: 'v2.0',
    BlockDeviceMappings: [{ Ebs: { SnapshotId: 'snap-1', VolumeType: 'gp3', VolumeSize: 2 } }],
  });
  expect(registrationOf({ disk, tpm: false, volumeBytes: 8 * GIB }, 'snap-1')).not.toHaveProperty(
    'TpmSupport',
  );
});

test('names keep to what the services allow', () => {
  const odd = { ...disk, version: '1.2~rc1-x' };
  expect(amiName(odd)).toMatch(/^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/);
  expect(parameterNames('/basalt', 'stable', odd).version).toMatch(/^[A-Za-z0-9_.\-/]+$/);
  expect(clientToken({ a: 1, b: 2 }, 0)).toBe(clientToken({ b: 2, a: 1 }, 0));
  expect(clientToken({ a: 1 }, 0)).not.toBe(clientToken({ a: 1 }, 1));
  expect(clientToken({}, 0)).toHaveLength(64);
});
