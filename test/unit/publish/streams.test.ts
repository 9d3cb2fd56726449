import { expect, test } from 'vitest';
import type { Manifest } from '../../../src/build/manifest.ts';
import { contentTypeOf, keyOf, referenceTo } from '../../../src/publish/streams/layout.ts';
import { nextStream, type OfferedBuild } from '../../../src/publish/streams/offer.ts';
import { renderPage } from '../../../src/publish/streams/page.ts';
import { streamSchema } from '../../../src/publish/streams/stream.ts';

const hex = (byte: string) => byte.repeat(32);

function build(version: string, image = 'qemu'): OfferedBuild {
  const manifest: Manifest = {
    basaltManifest: 1,
    image,
    version,
    suite: 'trixie',
    architecture: 'amd64',
    epoch: 1_790_000_000,
    kernelRelease: '6.12',
    rootHash: hex('aa'),
    kernelCommandLine: 'ro',
    tools: '',
    packageSizes: [],
    artifacts: [
      { file: `${image}.raw`, role: 'disk', format: 'raw', sizeBytes: 10, sha256: hex('01') },
      { file: `${image}.raw.zst`, role: 'disk', format: 'raw.zst', sizeBytes: 5, sha256: hex('02') },
      { file: `${image}.qcow2`, role: 'disk', format: 'qcow2', sizeBytes: 6, sha256: hex('03') },
      { file: 'packages.lock.json', role: 'lock', format: 'json', sizeBytes: 1, sha256: hex('04') },
    ],
  };
  return {
    manifest,
    manifestSizeBytes: 100,
    manifestSha256: hex('05'),
    sumsSha256: hex('06'),
    amis: undefined,
  };
}

const signing = { keyId: hex('ff') };
const first = nextStream(undefined, {
  stream: 'stable',
  now: '2026-01-01T00:00:00.000Z',
  builds: [build('1'), build('1', 'aws')],
  signing,
});

test('metadata fits its own schema, and only compressed disks say what is in them', () => {
  expect(streamSchema.parse(JSON.parse(JSON.stringify(first)))).toEqual(first);
  const { formats } = first.platforms.qemu?.amd64 ?? {};
  expect(formats?.['raw.zst']?.uncompressedSha256).toBe(hex('01'));
  expect(formats?.qcow2?.uncompressedSha256).toBeUndefined();
  expect(formats?.qcow2?.location).toBe('../images/qemu/1/amd64/qemu.qcow2');
});

test('the time changes only with something else; the version before is remembered', () => {
  const later = '2026-02-01T00:00:00.000Z';
  const same = nextStream(first, { stream: 'stable', now: later, builds: [build('1')], signing });
  expect(same).toEqual(first);
  const next = nextStream(first, { stream: 'stable', now: later, builds: [build('2')], signing });
  expect(next.updatedAt).toBe(later);
  expect(next.platforms.aws).toEqual(first.platforms.aws);
  expect(next.platforms.qemu?.amd64).toMatchObject({
    version: '2',
    publishedAt: later,
    previous: { version: '1', manifest: '../images/qemu/1/amd64/manifest.json' },
  });
  expect(
    nextStream(next, { stream: 'stable', now: '2026-03-01T00:00:00.000Z', builds: [build('2')], signing }),
  ).toEqual(next);
});

test('an image of live formats alone is offered for metal alone; one that is called so has all in one place', () => {
  const liveOf = (image: string, disks: boolean): OfferedBuild => {
    const made = build('1', image);
    const live = {
      file: `${image}.iso`,
      role: 'live',
      format: 'iso',
      sizeBytes: 7,
      sha256: hex('07'),
    } as const;
    const others = made.manifest.artifacts.filter(({ role }) => disks || role !== 'disk');
    return {
      ...made,
      manifest: { ...made.manifest, artifacts: [...others, live], liveCommandLine: 'basalt.live' },
      amis: undefined,
    };
  };
  const offered = (each: OfferedBuild) =>
    nextStream(undefined, { stream: 'stable', now: '2026-01-01T00:00:00.000Z', builds: [each], signing })
      .platforms;
  const alone = offered(liveOf('installer', false));
  expect(Object.keys(alone)).toEqual(['metal']);
  expect(alone.metal?.amd64).toMatchObject({ image: 'installer', liveArguments: 'basalt.live' });
  const same = offered(liveOf('metal', true));
  expect(Object.keys(same)).toEqual(['metal']);
  expect(same.metal?.amd64?.image).toBeUndefined();
  expect(Object.keys(same.metal?.amd64?.formats ?? {})).toEqual(['iso', 'qcow2', 'raw', 'raw.zst']);
});

test('AMIs are of the image, not of its live system', () => {
  const made = build('1', 'aws');
  const iso = { file: 'aws.iso', role: 'live', format: 'iso', sizeBytes: 7, sha256: hex('07') } as const;
  const { platforms } = nextStream(undefined, {
    stream: 'stable',
    now: '2026-01-01T00:00:00.000Z',
    builds: [
      {
        ...made,
        manifest: { ...made.manifest, artifacts: [...made.manifest.artifacts, iso] },
        amis: {
          basaltAmis: 1,
          image: 'aws',
          version: '1',
          architecture: 'amd64',
          sha256: hex('01'),
          regions: { 'eu-central-1': 'ami-1' },
        },
      },
    ],
    signing,
  });
  expect(platforms.aws?.amd64?.aws?.regions).toEqual({ 'eu-central-1': { image: 'ami-1' } });
  expect(platforms.metal?.amd64?.aws).toBeUndefined();
});

test('a reference leads to its key and back, and never out of the place', () => {
  for (const key of ['images/qemu/1.2~rc1/amd64/qemu_1.2~rc1.raw', 'keys/ab.pem', 'streams/stable.json'])
    expect(keyOf(referenceTo(key))).toBe(key);
  for (const reference of [
    '../../etc/passwd',
    '/etc/passwd',
    'https://example.org/x',
    'file:///etc/passwd',
    '%2e%2e/%2e%2e/x',
  ])
    expect(keyOf(reference), reference).toBeUndefined();
});

test('media types', () => {
  expect(contentTypeOf('a/SHA256SUMS')).toBe('text/plain; charset=utf-8');
  expect(contentTypeOf('a/x.json')).toBe('application/json');
  expect(contentTypeOf('a/x.raw')).toBe('application/octet-stream');
});

test('a page quotes what it is told', () => {
  const odd = build('1<script>');
  const stream = nextStream(undefined, {
    stream: 'stable',
    now: '2026-01-01T00:00:00.000Z',
    builds: [odd],
    signing: undefined,
  });
  const template = { text: '{{#each offers}}{{xml version}}{{/each}}', file: 'page' };
  expect(renderPage({ stream, changes: new Map(), template })).toBe('1&lt;script&gt;');
});
