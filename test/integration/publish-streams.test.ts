/** Builds become what a stream offers: in a folder and in a bucket, in an order that no reader sees the seams of. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { currentIdentity } from '../../src/exec/identity.ts';
import type { Workshop } from '../../src/inspect/workshop.ts';
import { noteAmis } from '../../src/publish/amis.ts';
import { FolderPlace } from '../../src/publish/streams/folder-place.ts';
import { keyOf } from '../../src/publish/streams/layout.ts';
import type { Place } from '../../src/publish/streams/place.ts';
import { publishStream, type StreamOptions } from '../../src/publish/streams/publish.ts';
import { S3Place } from '../../src/publish/streams/s3-place.ts';
import { openSigningKey } from '../../src/publish/streams/signature.ts';
import { type Stream, streamJsonSchema, streamSchema } from '../../src/publish/streams/stream.ts';
import { makeKeyFile } from '../../src/release/key-file.ts';
import { digestBytes, digestFile } from '../../src/store/digest.ts';
import { Store } from '../../src/store/store.ts';
import { type AwsEmulator, emulatorCredentials, startAwsEmulator } from '../support/aws-emulator.ts';
import { type AwsFront, startAwsFront } from '../support/aws-front.ts';
import { projectHome } from '../support/builder.ts';
import { changelogEntry, makeChangelogPackage } from '../support/changelog-package.ts';
import { unpackDebian } from '../support/debian-packages.ts';
import { makeStreamBuild } from '../support/stream-build.ts';
import { testToolbox } from '../support/toolbox.ts';

const BUCKET = 'images-of-a-test';
const templatesDir = join(projectHome, 'templates');
const never = new AbortController().signal;

let emulator: AwsEmulator;
let front: AwsFront;
let folder: string;
let keyFile: string;

beforeAll(async () => {
  Object.assign(process.env, emulatorCredentials);
  emulator = await startAwsEmulator();
});
afterAll(() => emulator?.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-streams-'));
  keyFile = join(folder, 'stable.pem');
  await makeKeyFile(keyFile);
  await emulator.reset();
  front = await startAwsFront(emulator.url);
  const s3 = client();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  s3.destroy();
});
afterEach(async () => {
  await front.close();
  await rm(folder, { recursive: true, force: true });
});

const client = () => new S3Client({ region: 'us-east-1', endpoint: emulator.url, forcePathStyle: true });

const bucket = () =>
  new S3Place({
    bucket: BUCKET,
    prefix: 'basalt',
    region: 'us-east-1',
    endpointUrl: front.url,
    patience: { signal: never, firstPauseMs: 2, longestPauseMs: 10 },
  });
const places: readonly (readonly [string, () => Place])[] = [
  ['a folder', () => new FolderPlace(join(folder, 'site'), never)],
  ['a bucket', bucket],
];

/** @param store Its folder. */
const workshopWith = (store: string): Workshop => ({
  store: new Store(store),
  identity: currentIdentity(),
  signal: never,
  toolbox: () => testToolbox(),
});

/** Calls `onWrite` before and after each file appears. */
function watched(place: Place, onWrite: (key: string) => Promise<void>): Place {
  return {
    name: place.name,
    digestOf: (key) => place.digestOf(key),
    read: (key) => place.read(key),
    async write(file) {
      await onWrite(file.key);
      await place.write(file);
      await onWrite(file.key);
    },
    close: () => place.close(),
  };
}

async function publish(place: Place, folders: readonly string[], options: Partial<StreamOptions> = {}) {
  return publishStream({
    place,
    folders,
    stream: 'stable',
    signer: await openSigningKey(keyFile, never),
    templatesDir,
    workshop: workshopWith(join(folder, 'store')),
    now: () => new Date(),
    dryRun: false,
    signal: never,
    onMessage: () => undefined,
    ...options,
  });
}

const text = async (place: Place, key: string) => Buffer.from((await place.read(key)) ?? []).toString('utf8');
const streamIn = async (place: Place): Promise<Stream> =>
  streamSchema.parse(JSON.parse(await text(place, 'streams/stable.json')));

/** What a reader does: takes the metadata, checks its signature, and takes all that it names. */
async function readAll(place: Place): Promise<number> {
  const bytes = await place.read('streams/stable.json');
  if (bytes === undefined) return 0;
  const stream = streamSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const pattern = stream.signatures ?? '';
  expect(await place.read(keyOf(pattern.replace('SHA256', digestBytes(bytes))) ?? '')).toHaveLength(64);
  let count = 0;
  for (const offer of Object.values(stream.platforms).flatMap((each) => Object.values(each))) {
    const files = [...Object.values(offer.formats), ...Object.values(offer.files), offer.sums];
    for (const { location, sha256 } of files) {
      expect(digestBytes((await place.read(keyOf(location) ?? '')) ?? ''), location).toBe(sha256);
      count++;
    }
    for (const each of [offer.sums.signature?.location, offer.sums.signature?.key, offer.previous?.manifest])
      if (each !== undefined) expect(await place.read(keyOf(each) ?? ''), each).toBeDefined();
  }
  return count;
}

describe.each(places)('in %s', (_name, open) => {
  test('a stream from its first release to its second; a repetition changes nothing', async () => {
    const place = open();
    const first = await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1', jq: '1.7-1' } });
    const aws = await makeStreamBuild(folder, { image: 'aws', version: '1', packages: { curl: '8.1-1' } });
    const sha256 = await digestFile(join(aws, 'aws_1.raw'));
    const published = { image: 'aws', version: '1', architecture: 'amd64', sha256 };
    await noteAmis(aws, { ...published, regions: { 'us-east-1': 'ami-2', 'eu-central-1': 'ami-1' } });
    const made = await publish(place, [first, aws]);
    const keys = made.written.map(({ key }) => key);
    expect(keys.slice(-3)).toEqual([
      expect.stringMatching(/^streams\/stable\.signatures\/[0-9a-f]{64}\.sig$/),
      'streams/stable.json',
      'streams/stable.html',
    ]);
    expect(await readAll(place)).toBe(12);
    const stream = await streamIn(place);
    expect(stream.platforms.aws?.amd64?.aws?.regions).toEqual({
      'eu-central-1': { image: 'ami-1' },
      'us-east-1': { image: 'ami-2' },
    });
    const formats = stream.platforms.aws?.amd64?.formats;
    expect(formats?.['raw.zst']?.uncompressedSha256).toBe(formats?.raw?.sha256);

    expect(await publish(place, [first, aws])).toMatchObject({ changed: false, written: [] });

    const second = await makeStreamBuild(folder, { version: '2', packages: { curl: '8.2-1', nano: '8' } });
    await publish(place, [second]);
    const next = await streamIn(place);
    expect(next.platforms.qemu?.amd64).toMatchObject({ version: '2', previous: { version: '1' } });
    // What was not named stays.
    expect(next.platforms.aws).toEqual(stream.platforms.aws);
    const page = await text(place, 'streams/stable.html');
    for (const said of [
      'Changed since 1',
      '8.1-1',
      '8.2-1',
      'nano',
      'jq',
      'ami-1',
      'openssl pkeyutl -verify',
    ])
      expect(page).toContain(said);
    expect(await publish(place, [second])).toMatchObject({ changed: false });
    place.close();
  });

  test('a reader that polls during a publication never misses anything', async () => {
    const place = open();
    const seen = new Set<number>();
    const look = async () => void seen.add(await readAll(place));
    for (const version of ['1', '2', '3']) {
      const build = await makeStreamBuild(folder, { version, packages: { curl: `8.${version}-1` } });
      await publish(watched(place, look), [build]);
    }
    expect([...seen].sort()).toEqual([0, 6]);
    place.close();
  });

  test('a live system is offered for metal, beside the disks of its image', async () => {
    const place = open();
    const warnings: string[] = [];
    const onMessage = (level: string, said: string) => void (level === 'warning' && warnings.push(said));
    const of = (version: string, image = 'dell', live = true) =>
      makeStreamBuild(folder, { image, version, packages: { curl: `8.${version}-1` }, live });
    await publish(place, [await of('1')], { onMessage });
    await readAll(place);
    const first = await streamIn(place);
    expect(Object.keys(first.platforms)).toEqual(['dell', 'metal']);
    const { metal, dell } = first.platforms;
    expect(Object.keys(metal?.amd64?.formats ?? {})).toEqual(['iso', 'live-uki', 'pxe']);
    expect(metal?.amd64).toMatchObject({
      image: 'dell',
      version: '1',
      liveArguments: expect.stringMatching(/^basalt\.live roothash=[0-9a-f]{64}$/),
      formats: { iso: { location: '../images/dell/1/amd64/dell_1.iso' } },
      files: { kernel: { location: '../images/dell/1/amd64/dell_1.vmlinuz' } },
    });
    expect(Object.keys(dell?.amd64?.formats ?? {})).toEqual(['raw', 'raw.zst']);
    expect(Object.keys(dell?.amd64?.files ?? {})).toEqual(['kernel', 'lock', 'manifest', 'sbom']);
    const page = await text(place, 'streams/stable.html');
    for (const said of ['dell_1.iso', 'live system of the image dell', '<pre>basalt.live roothash='])
      expect(page).toContain(said);
    expect(await publish(place, [await of('1')])).toMatchObject({ changed: false });

    // All of an image is of one version: what the new one has not is not offered.
    await publish(place, [await of('2', 'dell', false)], { onMessage });
    expect(Object.keys((await streamIn(place)).platforms)).toEqual(['dell']);
    await publish(place, [await of('3')], { onMessage });
    expect(warnings).toEqual([]);
    await publish(place, [await of('4', 'rescue')], { onMessage });
    expect(warnings).toEqual(['metal amd64 was the live system of dell 3, and is that of rescue now']);
    expect((await streamIn(place)).platforms.metal?.amd64).toMatchObject({ image: 'rescue', version: '4' });
    await expect(publish(place, [await of('5'), await of('5', 'rescue')])).rejects.toMatchObject({
      code: 'live-twice',
    });
    await readAll(place);
    place.close();
  });

  test('a published version never changes', async () => {
    const place = open();
    const build = await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1' } });
    await publish(place, [build]);
    await makeStreamBuild(folder, { version: '1', packages: { curl: '8.9-9' } });
    await expect(publish(place, [build])).rejects.toMatchObject({ code: 'release-exists' });
    await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1' } });
    expect(await readAll(place)).toBe(6);
    place.close();
  });
});

test('a page tells the changelogs of what changed, also when another machine writes it again', async () => {
  const place = new FolderPlace(join(folder, 'site'), never);
  const first = await makeStreamBuild(folder, {
    version: '1',
    packages: { curl: '1', jq: '1', nano: '1' },
  });
  await publish(place, [first]);
  const { store } = workshopWith(join(folder, 'store'));
  const changelog = (...entries: readonly (readonly [string, string])[]) =>
    gzipSync(entries.map(([version, said]) => changelogEntry(version, said)).join(''));
  const long = Array.from({ length: 3000 }, (_, index) => `line ${index} of CVE-2026-${10_000 + index}`);
  const digests = {
    curl: await makeChangelogPackage(folder, store, 'curl', {
      'usr/share/doc/curl/changelog.Debian.gz': changelog(
        ['2', 'Quotes </pre><script>alert(1)</script>.'],
        ['1.5', 'Fixes CVE-2026-0001.'],
        ['1', 'Was there before.'],
      ),
    }),
    nano: await makeChangelogPackage(folder, store, 'nano', {
      'usr/share/doc/nano/changelog.Debian.gz': changelog(['2', long.join('\n  ')], ['1', 'x']),
    }),
  };
  const packages = { curl: '2', jq: '2', nano: '2' };
  const second = await makeStreamBuild(folder, { version: '2', packages, digests });
  const warnings: string[] = [];
  const onMessage = (level: string, said: string) => void (level === 'warning' && warnings.push(said));

  // The machine whose tools tree cannot be opened publishes all the same.
  const broken = {
    ...workshopWith(join(folder, 'store')),
    toolbox: () => Promise.reject(new Error('no tools')),
  };
  await publish(new FolderPlace(join(folder, 'site'), never), [second], { workshop: broken, onMessage });
  expect(warnings).toEqual(['the changelogs of qemu could not be read: no tools']);
  expect(await text(place, 'streams/stable.html')).toContain('not available of: curl, jq, nano');

  expect((await publish(place, [second])).written.map(({ key }) => key)).toEqual([
    'streams/stable.changelogs/qemu_1_qemu_2_amd64.json',
    'streams/stable.html',
  ]);
  const page = await text(place, 'streams/stable.html');
  expect(page).toContain('Quotes &lt;/pre&gt;&lt;script&gt;');
  expect(page).not.toContain('<script');
  expect(page).toContain('<summary>curl <span class="quiet">CVE-2026-0001</span>');
  expect(page).not.toContain('Was there before');
  expect(page).toMatch(/CVE-2026-10000, .*, and 2988 more/);
  expect(page).toContain('Not shown here: 2940 lines');
  expect(page).toContain('not available of: jq.');
  expect(page.length).toBeLessThan(30_000);
  expect(await publish(place, [second])).toMatchObject({ changed: false });

  const aws = await makeStreamBuild(folder, { image: 'aws', version: '1', packages: { curl: '1' } });
  const elsewhere = workshopWith(join(folder, 'other-store'));
  await publish(place, [second, aws], { workshop: elsewhere, onMessage });
  const again = await text(place, 'streams/stable.html');
  expect(again).toContain('aws_1.raw');
  expect(again).toContain('Quotes &lt;/pre&gt;');
  expect(warnings).toHaveLength(1);
  await writeFile(join(folder, 'site/streams/stable.changelogs/qemu_1_qemu_2_amd64.json'), '{');
  await publish(place, [second], { workshop: elsewhere });
  expect(await text(place, 'streams/stable.html')).toContain('not available of: curl, jq, nano');
});

test('a folder whose files are not what its manifest says is not published', async () => {
  const place = new FolderPlace(join(folder, 'site'), never);
  const build = await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1' } });
  await writeFile(join(build, 'qemu_1.raw'), Buffer.alloc(100_000));
  await expect(publish(place, [build])).rejects.toMatchObject({ code: 'build-damaged' });
  expect(await place.read('streams/stable.json')).toBeUndefined();
  expect(await place.digestOf('images/qemu/1/amd64/qemu_1.raw')).toBeUndefined();
});

test('faults on the way to a bucket pass', async () => {
  const place = bucket();
  const build = await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1' } });
  let count = 0;
  front.misbehave(() => (['error', 'cut', 'lost'] as const)[++count % 7]);
  await publish(place, [build]);
  front.misbehave(() => undefined);
  expect(await readAll(place)).toBe(6);
  place.close();
});

test('objects say what they are, and how long they may be kept', async () => {
  const place = bucket();
  await publish(place, [await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1' } })]);
  place.close();
  const s3 = client();
  const head = async (key: string) => {
    const { ContentType, CacheControl, Body } = await s3.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: `basalt/${key}` }),
    );
    await Body?.transformToByteArray();
    return { ContentType, CacheControl };
  };
  expect(await head('images/qemu/1/amd64/qemu_1.raw')).toEqual({
    ContentType: 'application/octet-stream',
    CacheControl: 'public, max-age=31536000, immutable',
  });
  expect(await head('streams/stable.json')).toEqual({
    ContentType: 'application/json',
    CacheControl: 'public, max-age=60',
  });
  expect(await head('streams/stable.html')).toMatchObject({ ContentType: 'text/html; charset=utf-8' });
  s3.destroy();
});

test('the commands of the page verify a download, and refuse a changed one; the metadata fits its schema', async () => {
  const site = join(folder, 'site');
  const build = await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1' } });
  const { exitCode, stderr } = await execa(
    join(projectHome, 'basalt'),
    ['publish', 's3', `file://${site}`, build, '--key', keyFile],
    { reject: false },
  );
  expect(exitCode, stderr).toBe(0);
  const page = await readFile(join(site, 'streams/stable.html'), 'utf8');
  const commands = /<pre>(openssl[^<]+)<\/pre>/.exec(page)?.[1] ?? '';
  const { sums } = (await streamIn(new FolderPlace(site, never))).platforms.qemu?.amd64 ?? {};
  const toolbox = await testToolbox();
  await unpackDebian(toolbox, ['openssl'], join(folder, 'debian'));
  const verify = (name: string) =>
    toolbox.run(['sh', '-euc', commands], {
      workingDirectory: '/in',
      env: { PATH: '/debian/usr/bin:/usr/bin', LD_LIBRARY_PATH: '/debian/usr/lib/x86_64-linux-gnu' },
      accept: [0, 1],
      binds: [
        { source: join(folder, 'debian'), target: '/debian' },
        ...['SHA256SUMS', 'qemu_1.raw'].map((file) => ({
          source: join(name === file ? folder : join(site, 'images/qemu/1/amd64'), file),
          target: `/in/${file}`,
        })),
        ...[sums?.signature?.location, sums?.signature?.key].map((location = '') => ({
          source: join(site, keyOf(location) ?? ''),
          target: `/in/${location.split('/').at(-1)}`,
        })),
      ],
    });
  const good = await verify('');
  expect(good.stdout).toContain('Signature Verified Successfully');
  expect(good.stdout).toContain('qemu_1.raw: OK');
  await writeFile(join(folder, 'SHA256SUMS'), `${await readFile(join(build, 'SHA256SUMS'), 'utf8')}\n`);
  expect((await verify('SHA256SUMS')).exitCode).toBe(1);
  await writeFile(join(folder, 'qemu_1.raw'), 'other');
  expect((await verify('qemu_1.raw')).stdout).toContain('qemu_1.raw: FAILED');

  const ajv = new Ajv({ strict: true });
  addFormats.default(ajv);
  const validate = ajv.compile(streamJsonSchema() as object);
  const metadata = JSON.parse(await readFile(join(site, 'streams/stable.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  expect(validate(metadata), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...metadata, platforms: { qemu: { amd64: {} } } })).toBe(false);
});
