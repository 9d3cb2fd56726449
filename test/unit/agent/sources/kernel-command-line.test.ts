import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { kernelCommandLine } from '../../../../src/agent/sources/kernel-command-line.ts';
import { type FakeAnswer, fakeCurl } from '../../../support/fake-curl.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const CONFIG = '#cloud-config\nhostname: a\n';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const machine = (line: string, answer: (nth: number) => FakeAnswer = () => ({ status: 200, body: CONFIG })) =>
  new FakeHost({
    files: { '/proc/cmdline': `ro ${line} quiet\n` },
    programs: {
      curl: fakeCurl((_, nth) => answer(nth)),
      sha256sum: (_, { input }) => ({
        stdout: `${sha256(String(new TextDecoder().decode(input as Uint8Array)))}  -\n`,
      }),
    },
  });

test('a machine without the argument has no such source', () => {
  expect(kernelCommandLine.isHere(machine(''))).toBe(false);
  expect(kernelCommandLine.isHere(machine('basalt.config.url='))).toBe(false);
  expect(kernelCommandLine.isHere(machine('basalt.config.url=http://a/'))).toBe(true);
});

test('it gives what is at the address', () => {
  const host = machine('basalt.config.url=https://conf.example/a.yaml');
  expect(kernelCommandLine.read(host, 120_000)).toEqual({
    source: 'kernel-command-line',
    where: 'https://conf.example/a.yaml',
    userData: CONFIG,
    metadata: { sshAuthorizedKeys: [], addresses: {} },
  });
  expect(host.logged).toEqual([]);
});

test('credentials are given to curl, and told to nobody', () => {
  const host = machine('basalt.config.url=https://me:hunter2@conf.example/a?sig=abc123', () => ({
    status: 403,
  }));
  expect(() => kernelCommandLine.read(host, 120_000)).toThrow(
    'kernel-command-line: cannot read https://conf.example/a?…: the server answers 403 (forbidden)',
  );
  expect(host.commands.map(({ input }) => input).join()).toContain('hunter2');
  const told = JSON.stringify([host.logged, host.commands.map(({ command }) => command)]);
  for (const secret of ['hunter2', 'abc123']) expect(told).not.toContain(secret);
});

test('http is warned about, unless the content is pinned', () => {
  const bare = machine('basalt.config.url=http://conf.example/a');
  kernelCommandLine.read(bare, 120_000);
  expect(bare.logged).toEqual([expect.stringMatching(/^warning: .*without encryption/)]);
  const pinned = machine(`basalt.config.url=http://conf.example/a basalt.config.sha256=${sha256(CONFIG)}`);
  expect(kernelCommandLine.read(pinned, 120_000)?.userData).toBe(CONFIG);
  expect(pinned.logged).toEqual([]);
});

test('what does not have the digest is refused at once', () => {
  const host = machine(`basalt.config.url=https://a/ basalt.config.sha256=${'0'.repeat(64)}`);
  expect(() => kernelCommandLine.read(host, 120_000)).toThrow(
    `its SHA-256 is ${sha256(CONFIG)}; basalt.config.sha256= asks for ${'0'.repeat(64)}`,
  );
  expect(host.sleptMs).toEqual([]);
});

test('a digest that is none, or an address that is none, is told without asking anyone', () => {
  for (const line of [
    'basalt.config.url=https://a/ basalt.config.sha256=abc',
    'basalt.config.url=tftp://a/b',
  ]) {
    const host = machine(line);
    expect(() => kernelCommandLine.read(host, 120_000)).toThrow(/64 hexadecimal digits|the scheme is tftp/);
    expect(host.commands).toEqual([]);
  }
});

test('it waits for the network', () => {
  const host = machine('basalt.config.url=https://a/', (nth) =>
    nth < 4 ? { exitCode: nth < 2 ? 6 : 7 } : { status: 200, body: CONFIG },
  );
  expect(kernelCommandLine.read(host, 120_000)?.userData).toBe(CONFIG);
  expect(host.logged.filter((line) => line.startsWith('info'))).toHaveLength(2);
});

test('an empty answer is no user data', () => {
  const host = machine('basalt.config.url=https://a/', () => ({ status: 200, body: ' \n' }));
  expect(kernelCommandLine.read(host, 120_000)).toBeUndefined();
});

test('what is no text is refused', () => {
  const host = machine('basalt.config.url=https://a/', () => ({
    status: 200,
    body: Uint8Array.of(0x23, 0xff, 0x0a),
  }));
  expect(() => kernelCommandLine.read(host, 120_000)).toThrow('not text in UTF-8: byte 0xff at offset 1');
});
