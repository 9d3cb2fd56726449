/** Downloads from a real HTTP server on the loopback that misbehaves. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError, UserError } from '../../../src/errors.ts';
import { type DownloadRequest, download } from '../../../src/packages/download.ts';
import { digestBytes } from '../../../src/store/digest.ts';
import { KIB } from '../../../src/units.ts';
import { type Behaviour, type Mirror, startMirror } from '../../support/mirror.ts';

const content = randomBytes(200 * KIB);
const sha256 = digestBytes(content);
/** No attempt pauses for long, and silence is noticed soon. */
const limits = { attempts: 3, stallMs: 300, stallBytes: KIB, firstPauseMs: 1 };

let folder: string;
let mirror: Mirror | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-download-'));
  await writeFile(join(folder, 'served'), content);
});

afterEach(async () => {
  await mirror?.close();
  mirror = undefined;
  await rm(folder, { recursive: true });
});

async function fetchFrom(behaviour: Behaviour, more: Partial<DownloadRequest> = {}): Promise<unknown> {
  mirror = await startMirror((path) => (path === '/a.deb' ? join(folder, 'served') : undefined), behaviour);
  return download({
    uri: `${mirror.address}/a.deb`,
    sha256,
    sizeBytes: content.length,
    path: join(folder, 'part'),
    signal: new AbortController().signal,
    onBytes() {},
    limits,
    ...more,
  }).catch((error: unknown) => error);
}

const ranges = () => mirror?.requests.map(({ range }) => range);

/** Compares digests: showing a difference of two random files helps nobody. */
async function expectWhole(): Promise<void> {
  expect(digestBytes(await readFile(join(folder, 'part')))).toBe(sha256);
}

describe('a download', () => {
  it('brings the file, and counts its bytes', async () => {
    let count = 0;
    expect(await fetchFrom(() => undefined, { onBytes: (bytes) => (count += bytes) })).toBeUndefined();
    await expectWhole();
    expect(count).toBe(content.length);
    expect(ranges()).toEqual([undefined]);
  });

  it('continues where the connection was cut', async () => {
    const cut: Behaviour = (_path, nth) => (nth < 2 ? { kind: 'cut', afterBytes: 50 * KIB } : undefined);
    expect(await fetchFrom(cut)).toBeUndefined();
    await expectWhole();
    expect(ranges()).toEqual([undefined, `bytes=${50 * KIB}-`, `bytes=${100 * KIB}-`]);
  });

  it('continues what an earlier run left', async () => {
    await writeFile(join(folder, 'part'), content.subarray(0, 1000));
    expect(await fetchFrom(() => undefined)).toBeUndefined();
    await expectWhole();
    expect(ranges()).toEqual(['bytes=1000-']);
  });

  it('asks for nothing when all of it is there', async () => {
    await writeFile(join(folder, 'part'), content);
    expect(await fetchFrom(() => undefined)).toBeUndefined();
    expect(ranges()).toEqual([]);
  });

  it.each([
    ['other content', Buffer.alloc(1000)],
    ['all of it, but damaged', Buffer.alloc(content.length)],
    ['more than there is', Buffer.alloc(content.length + 1)],
  ])('starts anew when an earlier run left %s', async (_name, left) => {
    await writeFile(join(folder, 'part'), left);
    expect(await fetchFrom(() => undefined)).toBeUndefined();
    await expectWhole();
    expect(ranges()?.at(-1)).toBe(undefined);
  });

  it('takes the whole file from a mirror that cannot continue', async () => {
    const behaviour: Behaviour = (_path, nth) =>
      nth === 0 ? { kind: 'cut', afterBytes: 1000 } : { kind: 'ignore-range' };
    expect(await fetchFrom(behaviour, { limits: { ...limits, attempts: 2 } })).toBeUndefined();
    await expectWhole();
  });

  it('tries again after a damaged copy and after a server error', async () => {
    const behaviour: Behaviour = (_path, nth) =>
      nth === 0 ? { kind: 'corrupt' } : nth === 1 ? { kind: 'status', status: 503 } : undefined;
    expect(await fetchFrom(behaviour)).toBeUndefined();
    await expectWhole();
    // Nothing of the damaged copy was kept.
    expect(ranges()).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['silent', { kind: 'stall', afterBytes: 50 * KIB }],
    ['silent from the start', { kind: 'stall', afterBytes: 0 }],
    ['nearly silent', { kind: 'trickle', afterBytes: 50 * KIB }],
  ] as const)('cuts a mirror that falls %s, and continues', async (_name, fault) => {
    expect(await fetchFrom((_path, nth) => (nth === 0 ? fault : undefined))).toBeUndefined();
    await expectWhole();
    expect(mirror?.requests).toHaveLength(2);
  });

  it('waits for a mirror that is slow but works', async () => {
    const slow: Behaviour = () => ({ kind: 'slow', bytesPerSecond: 200 * KIB });
    expect(await fetchFrom(slow)).toBeUndefined();
    expect(mirror?.requests).toHaveLength(1);
  });
});

describe('a download that cannot succeed', () => {
  it('names the address, what was expected and what came, and leaves nothing', async () => {
    const error = await fetchFrom(() => ({ kind: 'corrupt' }));
    const damaged = Buffer.from(content);
    damaged[16 * KIB - 1] = (damaged[16 * KIB - 1] ?? 0) ^ 0xff;
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      code: 'download-failed',
      where: `${mirror?.address}/a.deb`,
      needed: expect.stringContaining(sha256),
      seen: expect.stringContaining(digestBytes(damaged)),
    });
    expect(mirror?.requests).toHaveLength(3);
    expect(await readdir(folder)).toEqual(['served']);
  });

  it('tells every attempt', async () => {
    const error = await fetchFrom((_path, nth) => ({ kind: 'status', status: 500 + nth }));
    expect(error).toMatchObject({
      seen: 'attempt 1: HTTP status 500 Internal Server Error\nattempt 2: HTTP status 501 Not Implemented\nattempt 3: HTTP status 502 Bad Gateway',
    });
  });

  it('does not ask again for what is not there', async () => {
    expect(await fetchFrom(() => ({ kind: 'status', status: 404 }))).toMatchObject({
      seen: 'attempt 1: HTTP status 404 Not Found',
    });
  });

  it('keeps what came of a file that never comes whole', async () => {
    const error = await fetchFrom(() => ({ kind: 'cut', afterBytes: 10 * KIB }));
    expect(error).toMatchObject({ seen: expect.stringMatching(/attempt 3/) });
    expect((await stat(join(folder, 'part'))).size).toBe(30 * KIB);
  });

  it('names a mirror that is down', async () => {
    const down = await startMirror(() => undefined);
    await down.close();
    const error = await fetchFrom(() => undefined, { uri: `${down.address}/a.deb` });
    expect(error).toMatchObject({
      where: `${down.address}/a.deb`,
      seen: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('does not take more than was announced', async () => {
    const error = await fetchFrom(() => undefined, { sizeBytes: 1000 });
    expect(error).toMatchObject({ seen: expect.stringContaining('more than the expected 1000 bytes') });
    expect(await readdir(folder)).toEqual(['served']);
  });

  it('ends at once when interrupted, and keeps what came', async () => {
    const stop = new AbortController();
    const error = await fetchFrom(() => ({ kind: 'stall', afterBytes: 50 * KIB }), {
      signal: stop.signal,
      limits: { ...limits, stallMs: 60_000 },
      onBytes: () => setTimeout(() => stop.abort(), 20),
    });
    expect(error).toBeInstanceOf(InterruptedError);
    expect((await stat(join(folder, 'part'))).size).toBeGreaterThan(0);
    expect(mirror?.requests).toHaveLength(1);
  });

  it('ends whenever it is interrupted, also as the last bytes come', async () => {
    mirror = await startMirror(
      () => join(folder, 'served'),
      () => ({ kind: 'slow', bytesPerSecond: 4000 * KIB }),
    );
    const uri = `${mirror.address}/a.deb`;
    const interrupted = async (path: string): Promise<void> => {
      const stop = new AbortController();
      let missing = content.length;
      const onBytes = (bytes: number) => {
        missing -= bytes;
        if (missing < 32 * KIB) setTimeout(() => stop.abort(), Math.random() * 6);
      };
      // 16 of them on a busy machine may be silent for a moment: that is not what is looked at.
      const patient = { ...limits, stallMs: 20_000 };
      const request = {
        uri,
        sha256,
        sizeBytes: content.length,
        path,
        signal: stop.signal,
        onBytes,
        limits: patient,
      };
      await download(request).catch((error: unknown) => expect(error).toBeInstanceOf(InterruptedError));
      await rm(path, { force: true });
    };
    await Promise.all(
      Array.from({ length: 16 }, async (_none, worker) => {
        for (let round = 0; round < 12; round++) await interrupted(join(folder, `part-${worker}-${round}`));
      }),
    );
  }, 20_000);
});
