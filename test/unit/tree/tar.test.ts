import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readNode, readTreeText } from '../../../src/tree/package-database.ts';
import { readTar } from '../../../src/tree/tar-read.ts';
import { writeTar } from '../../../src/tree/tar-write.ts';
import { Tree } from '../../../src/tree/tree.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-tar-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LONG = 'n'.repeat(120);

function sh(script: string): string {
  return execFileSync('sh', ['-eu', '-c', script], { cwd: folder, encoding: 'utf8' });
}

test('reads what GNU tar writes: long names, links, modes, hard links, xattrs', () => {
  sh(`mkdir -p tree/usr/bin tree/usr/lib/${LONG}
      printf hello > tree/usr/bin/tool; chmod 4755 tree/usr/bin/tool
      ln tree/usr/bin/tool tree/usr/bin/twin
      ln -s ../lib/${LONG}/x tree/usr/bin/far
      printf deep > tree/usr/lib/${LONG}/${LONG}
      mkfifo tree/pipe
      tar -C tree --format=posix --sort=name --numeric-owner -cf posix.tar .
      tar -C tree --format=gnu --sort=name --numeric-owner -cf gnu.tar .`);
  for (const format of ['posix', 'gnu']) {
    const tree = readTar(join(folder, `${format}.tar`));
    expect(tree.get('/usr/bin/tool')).toMatchObject({ kind: 'file', mode: 0o4755 });
    expect(readTreeText(tree, '/usr/bin/tool')).toBe('hello');
    expect(readTreeText(tree, '/usr/bin/twin')).toBe('hello');
    expect(tree.get('/usr/bin/far')).toMatchObject({ kind: 'symlink', target: `../lib/${LONG}/x` });
    expect(readTreeText(tree, `/usr/lib/${LONG}/${LONG}`)).toBe('deep');
    expect(tree.get('/pipe')).toMatchObject({ kind: 'device', device: 'fifo' });
    expect(tree.get('/usr/lib')).toMatchObject({ kind: 'directory' });
  }
});

test('writes what GNU tar reads, in byte order and with one date', async () => {
  const tree = new Tree();
  tree.setText('/etc/motd', 'hi\n', 0o640);
  tree.setText(`/usr/${LONG}/${LONG}`, 'x'.repeat(1000));
  tree.setLink('/bin', 'usr/bin');
  tree.setLink('/far', `/usr/${LONG}/${LONG}`);
  tree.set('/usr/bin/ping', {
    kind: 'file',
    mode: 0o755,
    uid: 0,
    gid: 0,
    xattrs: new Map([['user.note', Buffer.from([1, 0, 10, 61])]]),
    content: { kind: 'bytes', bytes: Buffer.from('elf') },
  });
  await writeTar(tree, 1_700_000_000, createWriteStream(join(folder, 'out.tar')));
  const listing = sh('TZ=UTC tar --full-time -tvf out.tar');
  expect(listing).toContain('-rw-r----- 0/0');
  expect(listing).toContain(`./far -> /usr/${LONG}/${LONG}`);
  expect(
    new Set(
      listing
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/)[3]),
    ),
  ).toEqual(new Set(['2023-11-14']));
  const names = sh('tar -tf out.tar').trim().split('\n');
  expect(names).toEqual([...names].sort());
  sh('mkdir x && tar -C x -xf out.tar');
  expect(await readFile(join(folder, 'x/usr', LONG, LONG), 'utf8')).toBe('x'.repeat(1000));
  expect(readTar(join(folder, 'out.tar')).get('/usr/bin/ping')).toMatchObject({
    xattrs: new Map([['user.note', Buffer.from([1, 0, 10, 61])]]),
  });
});

test('any tree survives writing and reading', async () => {
  const name = fc
    .stringMatching(/^[a-zäß0-9 ._-]{1,60}$/)
    .filter((text) => text.trim() === text && !/^\.+$/.test(text));
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  const entry = fc.record({
    path,
    text: fc.string({ maxLength: 2000 }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 65534 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (entries) => {
      const tree = new Tree();
      for (const { path: at, text, mode, uid } of entries) {
        if (tree.under(at).length > 0) continue;
        if (
          at
            .split('/')
            .some((_, depth, parts) => tree.get(parts.slice(0, depth + 1).join('/') || '/')?.kind === 'file')
        )
          continue;
        tree.set(at, {
          kind: 'file',
          mode,
          uid,
          gid: 0,
          content: { kind: 'bytes', bytes: Buffer.from(text) },
        });
      }
      const file = join(folder, 'round.tar');
      await writeTar(tree, 1, createWriteStream(file));
      const back = readTar(file);
      expect(back.sorted().map(([at]) => at)).toEqual(tree.sorted().map(([at]) => at));
      for (const [at, node] of tree.sorted()) {
        if (node.kind !== 'file') continue;
        expect(back.get(at)).toMatchObject({ mode: node.mode, uid: node.uid });
        expect(readTreeText(back, at)).toBe(readTreeText(tree, at));
      }
    }),
    { numRuns: 60 },
  );
});

test('a damaged header is a clear error, not a wrong tree', async () => {
  const tree = new Tree();
  tree.setText('/a', 'a');
  const file = join(folder, 'bad.tar');
  await writeTar(tree, 1, createWriteStream(file));
  sh('printf X | dd of=bad.tar bs=1 seek=700 conv=notrunc status=none');
  expect(() => readTar(file)).toThrow(/bad header checksum .* at byte 512/);
});

test('a sink that is slow, and keeps what it was given until it calls back, gets every byte', async () => {
  const tree = new Tree();
  const bytes = Buffer.from(
    Array.from({ length: 3_500_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff),
  );
  tree.set('/large', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: { kind: 'bytes', bytes } });
  const archive = join(folder, 'slow.tar');
  const file = await open(archive, 'w');
  const sink = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      setTimeout(() => file.write(chunk).then(() => done(), done), 5);
    },
  });
  await writeTar(tree, 0, sink);
  await file.close();
  const node = readTar(archive).get('/large');
  expect(node?.kind === 'file' && readNode(node).equals(bytes)).toBe(true);
});
