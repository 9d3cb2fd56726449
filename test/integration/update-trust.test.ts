/** The update client under the real QuickJS, with the real curl and openssl, against servers that misbehave. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ranged } from '../support/ranges.ts';
import { type RudeAnswer, type RudeServer, rude, startRudeServer } from '../support/rude-server.ts';
import { testToolbox } from '../support/toolbox.ts';
import { sha256, TestRepository } from '../support/tuf-repository.ts';
import { GOT, UpdateProbe } from '../support/update-probe.ts';

const MIB = 1024 * 1024;
const CHANNEL = Buffer.from('{"format":1}\n');
const ROOT = randomBytes(20 * MIB + 7);
const CHANNEL_PATH = 'qemu/channels/stable.json';
const ROOT_PATH = 'qemu/2/root.zst';
const ON_SERVER = `/targets/qemu/2/${sha256(ROOT)}.root.zst`;
const PARTIAL = `got.${sha256(ROOT).slice(0, 16)}.partial`;
const TIMESTAMP = '/metadata/timestamp.json';

const repository = new TestRepository();
repository.publish({ version: 1, files: { [CHANNEL_PATH]: CHANNEL, [ROOT_PATH]: ROOT } });

let probe: UpdateProbe;
let server: RudeServer | undefined;

const newProbe = async (sizeKib?: number) =>
  UpdateProbe.make(await testToolbox(), process.env.BASALT_TEST_IMAGE ?? '', repository.root, sizeKib);
beforeEach(async () => {
  probe = await newProbe();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await probe.remove();
});

/** The repository, but for these paths. */
async function serve(others: Record<string, RudeAnswer> = {}): Promise<string> {
  await server?.close();
  const paths = [...repository.files].map(([path, body]) => [path, rude.body(body)] as const);
  server = await startRudeServer({ ...Object.fromEntries(paths), [ON_SERVER]: ranged(ROOT), ...others });
  return server.address;
}

const got = () => readFile(join(probe.machine, GOT));

test('a repository is trusted, read, and remembered', async () => {
  const address = await serve();
  const first = await probe.ask(address, `read:${CHANNEL_PATH}`);
  expect(first).toMatchObject({
    versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
    read: { [CHANNEL_PATH]: CHANNEL.toString() },
    left: [],
  });
  expect(first.failed).toBeUndefined();
  expect(await readFile(join(probe.machine, 'var/lib/basalt/update/trust/timestamp.json'))).toEqual(
    repository.files.get(TIMESTAMP),
  );
  const second = await probe.ask(address);
  expect(second.versions).toEqual(first.versions);
  expect(server?.requests.slice(-2)).toEqual(['/metadata/2.root.json', TIMESTAMP]);
  // Measured: 180 ms, on two busy cores.
  expect(Math.max(first.tookMs ?? 0, second.tookMs ?? 0)).toBeLessThan(5000);
});

test('openssl refuses a signature with one bit changed, and a key that is none', async () => {
  const file = JSON.parse(String(repository.files.get(TIMESTAMP)));
  const [signature] = file.signatures;
  signature.sig = signature.sig.replace(/^./, (digit: string) => (digit === '0' ? '1' : '0'));
  const { failed } = await probe.ask(await serve({ [TIMESTAMP]: rude.body(JSON.stringify(file)) }));
  expect(failed).toMatch(/timestamp\.json: it is signed by 0 of the 1 key that the trusted root/);
});

describe('servers that misbehave', () => {
  test('none there', async () => {
    const address = await serve();
    await server?.close();
    const { failed, next, passing, logged } = await probe.ask(address);
    expect(failed).toMatch(
      /2\.root\.json: no connection to 127\.0\.0\.1: .* \(gave up after 3 attempts in \d s\)/,
    );
    expect({ next, passing }).toEqual({ next: 'the next check tries again', passing: true });
    expect(logged).toContain('trying again');
    expect((await probe.ask(await serve())).versions?.timestamp).toBe(1);
  });

  test.each([
    ['silent', rude.silent()],
    ['slow', rude.trickle()],
  ])('one that is %s', async (_, answer) => {
    const { failed, passing, left } = await probe.ask(await serve({ [TIMESTAMP]: answer }));
    expect(failed).toMatch(
      /timestamp\.json: less than 4 KiB a second came for 2 s \(gave up after 3 attempts/,
    );
    expect({ passing, left }).toEqual({ passing: true, left: [] });
  });

  test('500, then fine; and 500 for ever', async () => {
    const file = rude.body(repository.files.get(TIMESTAMP) ?? '');
    const fine = await probe.ask(await serve({ [TIMESTAMP]: rude.after(2, 500, file) }));
    expect(fine.versions?.timestamp).toBe(1);
    const never = await probe.ask(await serve({ [TIMESTAMP]: rude.body('', 500) }));
    expect(never).toMatchObject({ passing: true });
    expect(never.failed).toContain('the server answers 500 (gave up after 3 attempts');
  });

  test('404: asked once', async () => {
    const { failed, passing, next } = await probe.ask(await serve({ [TIMESTAMP]: rude.body('', 404) }));
    expect(failed).toContain('timestamp.json: the server answers 404 (there is nothing at this address)');
    expect(passing).toBe(false);
    expect(next).toContain('check the address of the server');
    expect(server?.requests.filter((path) => path === TIMESTAMP)).toHaveLength(1);
  });

  test('a bucket says 403 where no newer root is', async () => {
    const { versions } = await probe.ask(await serve({ '/metadata/2.root.json': rude.body('', 403) }));
    expect(versions?.root).toBe(1);
  });

  test('redirects are not followed, to another host or to the same', async () => {
    const other = await startRudeServer({ '/x': rude.body('x') });
    try {
      for (const place of [`${other.address}/x?signature=secret`, '/metadata/1.root.json']) {
        const { failed } = await probe.ask(await serve({ [TIMESTAMP]: rude.redirect(place) }));
        expect(failed).toMatch(
          /the server answers 302, a redirect to http:\/\/127\.0\.0\.1:\d+\/.*, which is not followed/,
        );
        expect(failed).not.toContain('secret');
      }
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test.each([
    ['timestamp.json', '16 KiB'],
    ['2.root.json', '512 KiB'],
    ['1.snapshot.json', `${repository.files.get('/metadata/1.snapshot.json')?.length} bytes`],
  ])('endless data instead of %s', async (file, bound) => {
    const { failed, left } = await probe.ask(await serve({ [`/metadata/${file}`]: rude.endless() }));
    expect(failed).toContain(`/metadata/${file}: the answer is larger than ${bound}`);
    expect(left).toEqual([]);
  });

  test('depth that would end the stack of QuickJS', async () => {
    const deep = rude.body('['.repeat(16_000));
    const { failed } = await probe.ask(await serve({ [TIMESTAMP]: deep }));
    expect(failed).toContain('nested more than 32 levels deep');
  });
});

describe('large files', () => {
  const download = `download:${ROOT_PATH}`;

  test('arrive in parts, with progress, and are not fetched again', async () => {
    const seen: number[] = [];
    const address = await serve({ [ON_SERVER]: ranged(ROOT, {}, seen) });
    const { failed, progress, downloads } = await probe.ask(address, download);
    expect(failed).toBeUndefined();
    expect(seen).toEqual([0, 8 * MIB, 16 * MIB]);
    expect(progress).toEqual([0, 8 * MIB, 16 * MIB, ROOT.length].map((done) => [done, ROOT.length]));
    expect(downloads).toEqual({ got: ROOT.length });
    expect((await got()).equals(ROOT)).toBe(true);
    await probe.ask(address, download);
    expect(seen).toHaveLength(3);
  });

  test('cut in the middle: goes on where it was cut', async () => {
    const seen: number[] = [];
    const cut = { 0: 3 * MIB, 2: 100 };
    const { failed, logged } = await probe.ask(
      await serve({ [ON_SERVER]: ranged(ROOT, { cut }, seen) }),
      download,
    );
    expect(failed).toBeUndefined();
    expect(seen).toEqual([0, 3 * MIB, 11 * MIB, 11 * MIB + 100, 19 * MIB + 100]);
    expect((await got()).equals(ROOT)).toBe(true);
    expect(logged).toContain('trying again');
  });

  test('the server goes away in the middle: the next call goes on from there', async () => {
    const cut = { 1: 2 * MIB, 2: 0, 3: 0, 4: 0, 5: 0 };
    const first = await probe.ask(await serve({ [ON_SERVER]: ranged(ROOT, { cut }) }), download);
    expect(first.failed).toMatch(/root\.zst: .* \(gave up after 3 attempts\), at 10 MiB of 20\.0 MiB/);
    expect(first).toMatchObject({ next: 'the next attempt goes on from there', passing: true });
    expect(first.downloads).toEqual({ [PARTIAL]: 10 * MIB });
    const seen: number[] = [];
    const second = await probe.ask(await serve({ [ON_SERVER]: ranged(ROOT, {}, seen) }), download);
    expect(seen).toEqual([10 * MIB, 18 * MIB]);
    expect(second.downloads).toEqual({ got: ROOT.length });
    expect((await got()).equals(ROOT)).toBe(true);
  });

  test.each([
    ['with wrong bytes', Buffer.alloc(5 * MIB, 1)],
    ['that is too long', Buffer.alloc(ROOT.length + 1)],
    ['that has all bytes, and wrong ones', Buffer.alloc(ROOT.length)],
  ])('a partial file %s is thrown away, and it begins anew', async (_, content) => {
    await probe.write(`${GOT.replace(/got$/, '')}${PARTIAL}`, content);
    const { failed, downloads } = await probe.ask(await serve(), download);
    expect(failed).toBeUndefined();
    expect(downloads).toEqual({ got: ROOT.length });
    expect((await got()).equals(ROOT)).toBe(true);
  });

  test('partial files of other contents are removed, other files are not', async () => {
    const folder = GOT.replace(/got$/, '');
    await probe.write(`${folder}got.0123456789abcdef.partial`, 'x');
    await probe.write(`${folder}gotten.0123456789abcdef.partial`, 'x');
    const { downloads } = await probe.ask(await serve(), download);
    expect(Object.keys(downloads).sort()).toEqual(['got', 'gotten.0123456789abcdef.partial']);
  });

  test('a server that does no parts sends it whole, also when there was a part', async () => {
    const whole = { [ON_SERVER]: ranged(ROOT, { noRanges: true }) };
    const { progress } = await probe.ask(await serve(whole), download);
    expect(progress.map(([done]) => done)).toEqual([0, ROOT.length]);
    const cut = { 1: 2 * MIB, 2: 0, 3: 0, 4: 0 };
    await probe.remove();
    probe = await newProbe();
    await probe.ask(await serve({ [ON_SERVER]: ranged(ROOT, { cut }) }), download);
    const { failed } = await probe.ask(await serve(whole), download);
    expect(failed).toBeUndefined();
    expect((await got()).equals(ROOT)).toBe(true);
  });

  test('a server that gives another part than was asked for', async () => {
    const wrong = { [ON_SERVER]: ranged(ROOT, { shiftBytes: 1 }) };
    const { failed, downloads } = await probe.ask(await serve(wrong), download);
    expect(failed).toContain('root.zst: ');
    expect(downloads.got).toBeUndefined();
    expect((await probe.ask(await serve(), download)).downloads).toEqual({ got: ROOT.length });
  });

  test('wrong content is noticed, and nothing is left of it', async () => {
    const other = Buffer.from(ROOT);
    other.writeUInt8(other.readUInt8(9 * MIB) ^ 1, 9 * MIB);
    const { failed, next, downloads } = await probe.ask(
      await serve({ [ON_SERVER]: ranged(other) }),
      download,
    );
    expect(failed).toMatch(/root\.zst: its SHA-256 is [0-9a-f]{64}, and the repository's metadata says/);
    expect(next).toContain('nothing of it was used');
    expect(downloads).toEqual({});
  });

  test.each([
    ['without end', rude.endless()],
    ['with a byte more', rude.body(Buffer.concat([ROOT, Buffer.from('x')]))],
  ])('an answer %s is cut off, and nothing is left of it', async (_, answer) => {
    const { failed, passing, downloads } = await probe.ask(await serve({ [ON_SERVER]: answer }), download);
    expect(failed).toContain(`the answer is larger than ${ROOT.length} bytes`);
    expect({ passing, downloads }).toEqual({ passing: false, downloads: {} });
  });

  test('a file that is shorter on the server', async () => {
    const short = { [ON_SERVER]: ranged(ROOT.subarray(0, 9 * MIB)) };
    const { failed, downloads } = await probe.ask(await serve(short), download);
    expect(failed).toContain('at 9 MiB of 20.0 MiB');
    expect(downloads.got).toBeUndefined();
    expect((await probe.ask(await serve(), download)).downloads).toEqual({ got: ROOT.length });
  });

  test('a line that is too slow is given up, and what came is kept', async () => {
    const slow = { [ON_SERVER]: ranged(ROOT, { slow: { bytes: 1000, pauseMs: 500 } }) };
    const { failed, downloads, next } = await probe.ask(await serve(slow), download);
    expect(failed).toMatch(/less than 4 KiB a second came for 2 s \(gave up after 3 attempts\)/);
    expect(downloads[PARTIAL]).toBeGreaterThan(1000);
    expect(next).toBe('the next attempt goes on from there');
  });

  test('404 leaves nothing, and is not asked for again', async () => {
    const { failed, downloads } = await probe.ask(await serve({ [ON_SERVER]: rude.body('', 404) }), download);
    expect(failed).toContain('root.zst: the server answers 404');
    expect(downloads).toEqual({});
    expect(server?.requests.filter((path) => path === ON_SERVER)).toHaveLength(1);
  });

  test.runIf(process.getuid?.() === 0)(
    'a full disk: clear words, nothing left, and the next try works',
    async () => {
      await probe.remove();
      probe = await newProbe(12 * 1024);
      const address = await serve();
      const { failed, next, downloads } = await probe.ask(address, download);
      expect(failed).toMatch(
        /root\.zst: the answer cannot be written \(is the disk full\?\), at \d+.* of 20\.0 MiB/,
      );
      expect(next).toBe('make room on the disk; nothing of it was left there');
      expect(downloads).toEqual({});
      expect((await probe.ask(address, `read:${CHANNEL_PATH}`)).read[CHANNEL_PATH]).toBe(CHANNEL.toString());
    },
  );
});
