import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeUtf8 } from '../../../src/cloud-config/base64.ts';
import { configOf, problemsOf, warningsOf } from './reading.ts';

describe('write_files', () => {
  it('reads every key', () => {
    const body = `write_files:
  - path: /etc/a
    permissions: "0600"
    owner: core:docker
    content: |
      ä
  - {path: /var/b, content: "", owner: 0:0}
`;
    expect(configOf(body).files).toEqual([
      {
        path: '/etc/a',
        content: new Uint8Array([0xc3, 0xa4, 0x0a]),
        gzip: false,
        mode: 0o600,
        owner: 'core:docker',
      },
      { path: '/var/b', content: new Uint8Array(), gzip: false, mode: 0o644, owner: '0:0' },
    ]);
  });

  it.each([
    ['"0644"', 0o644],
    ['0644', 0o644],
    ['"644"', 0o644],
    ["'0755'", 0o755],
    ['0o600', 0o600],
    ['"4755"', 0o4755],
    ['01777', 0o1777],
    ['"0000"', 0],
  ])('takes permissions: %s', (typed, mode) => {
    expect(
      configOf(`write_files:\n  - {path: /etc/a, content: "", permissions: ${typed}}\n`).files[0]?.mode,
    ).toBe(mode);
  });

  it.each([
    ['644', 'would be 01204 | write "0644", in quotes'],
    ['755', 'write "0755", in quotes'],
    ['1777', 'write "1777", in quotes'],
    ['420', 'which is a decimal number'],
    ['493', 'write "0755", in quotes, if that is what it stands for'],
    ['"u+x"', 'not three or four octal digits'],
    ['"0888"', 'not three or four octal digits'],
    ['"07"', 'not three or four octal digits'],
    ['"77777"', 'not three or four octal digits'],
    ['0x1ff', 'which is a decimal number'],
    ['-1', 'not a mode'],
    ['1.5', 'not a mode'],
    ['true', 'not a mode'],
    ['[]', 'is a list, not a mode'],
  ])('refuses permissions: %s', (typed, problem) => {
    const problems = problemsOf(`write_files:\n  - {path: /etc/a, content: "", permissions: ${typed}}\n`);
    expect(problems).toEqual([expect.stringMatching(/^3:46 write_files\[0\]\.permissions is /)]);
    expect(problems[0]).toContain(problem);
  });

  it.each([
    '/etc/a',
    '/var/lib/x/y',
    '/run/a',
    '/tmp/a',
    '/home/core/.bashrc',
    '/root/a',
    '/srv/a',
    '/opt/bin/a',
    '/mnt/a',
    '/usr/local/bin/a',
    '/etc/ä b',
    '/etc/$private_ipv4',
  ])('takes the path %s', (path) => {
    expect(configOf(`write_files: [{path: "${path}", content: ""}]\n`).files[0]?.path).toBe(path);
  });

  it.each([
    ['etc/a', 'not an absolute path'],
    ['""', 'not an absolute path'],
    ['/etc/../usr/a', 'which has ".." in it'],
    ['/etc//a', 'write /etc/a'],
    ['/etc/a/', 'write /etc/a'],
    ['/', 'read-only image'],
    ['/etc', 'which is a folder of the system'],
    ['/usr/local', 'which is a folder of the system'],
    ['/usr/bin/foo', 'write /usr/local/bin/foo'],
    ['/bin/foo', 'write /usr/local/bin/foo'],
    ['/usr/lib/systemd/system/a.service', 'write /etc/systemd/system/a.service'],
    ['/lib/udev/rules.d/1.rules', 'write /etc/udev/rules.d/1.rules'],
    ['/usr/share/a', 'writable are /etc, /var'],
    ['/a', 'the root is a read-only image'],
    ['/media/a', 'the root is a read-only image'],
    ['/boot/a', 'kernel.arguments'],
    ['/proc/sys/vm/swappiness', 'sysctl.d'],
    ['/sys/class/x', 'tmpfiles.d'],
    ['/dev/null', 'udev'],
    ['/etc/passwd', 'use users:'],
    ['/etc/shadow', 'use users:'],
    ['/etc/machine-id', 'systemd makes it once'],
    ['/var/lib/basalt/state', 'where Basalt keeps its own state'],
    ['"/etc/a\\nb"', 'control character'],
    ['"/etc/a\\u2028b"', 'line break'],
    [`/etc/${'x'.repeat(256)}`, 'longer than 255'],
    [`/etc${'/x'.repeat(2000)}`, 'longer than a path may be'],
  ])('refuses the path %s', (path, problem) => {
    const problems = problemsOf(`write_files: [{path: ${path}, content: ""}]\n`);
    expect(problems).toEqual([expect.stringMatching(/^2:22 write_files\[0\]\.path is /)]);
    expect(problems[0]).toContain(problem);
  });

  it.each([
    ['{content: a}', 'write_files[0] has no "path"'],
    ['{path: /etc/a, content: "", owner: "a b"}', 'not an owner'],
    ['{path: /etc/a, content: "", owner: "a:b:c"}', 'not an owner'],
    ['{path: /etc/a, content: "", append: true}', '"append" in write_files[0] is not supported'],
    ['{path: /etc/a, content: "", defer: true}', '"defer" in write_files[0] is not supported'],
    ['{path: /etc/a, content: "", mode: "0644"}', 'write permissions'],
    ['{path: /etc/a, content: "", contents: a}', 'did you mean "content"?'],
    ['{path: /etc/a, content: [a]}', 'write_files[0].content is a list, not text'],
    ['{path: /etc/a, content: "", encoding: rot13}', 'which is not one of the choices'],
    ['{path: /etc/a, content: "a b!", encoding: b64}', 'the content is not b64'],
    ['{path: /etc/a, content: aGk=, encoding: gz+b64}', 'not compressed by gzip'],
    ['{path: /etc/a, content: "\\u0100", encoding: gzip}', 'characters that are no bytes'],
  ])('refuses %s', (entry, problem) => {
    expect(problemsOf(`write_files:\n  - ${entry}\n`)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['base64', false],
    ['b64', false],
    ['gz+base64', true],
    ['gzip+base64', true],
    ['gz+b64', true],
    ['gzip+b64', true],
  ])('decodes %s', (encoding, gzip) => {
    const bytes = gzip ? gzipSync('hello') : Buffer.from('hello');
    const wrapped = bytes.toString('base64').replace(/(.{8})/g, '$1\n      ');
    const [file] = configOf(
      `write_files:\n  - path: /etc/a\n    encoding: ${encoding}\n    content: |\n      ${wrapped}\n`,
    ).files;
    expect(file?.gzip).toBe(gzip);
    expect(Buffer.from(file?.content ?? []).equals(bytes)).toBe(true);
  });

  it.each(['gzip', 'gz'])('takes %s as binary text', (encoding) => {
    const bytes = gzipSync('hello');
    const escaped = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
    const [file] = configOf(
      `write_files: [{path: /etc/a, encoding: ${encoding}, content: "${escaped}"}]\n`,
    ).files;
    expect(Buffer.from(file?.content ?? []).equals(bytes)).toBe(true);
    expect(file?.gzip).toBe(true);
  });

  it('does not look for variables in packed content', () => {
    const content = Buffer.from('$private_ipv4').toString('base64');
    const [file] = configOf(`write_files: [{path: /etc/a, encoding: b64, content: ${content}}]\n`, {
      private_ipv4: '1.2.3.4',
    }).files;
    expect(Buffer.from(file?.content ?? []).toString()).toBe('$private_ipv4');
  });

  it('warns of a file without content', () => {
    expect(warningsOf('write_files:\n  - path: /etc/a\n')).toEqual([
      expect.stringContaining('3:5 /etc/a gets no content'),
    ]);
  });

  it.each([
    [
      'write_files: [{path: /etc/a, content: ""}, {path: /etc/a, content: ""}]',
      '/etc/a is written by write_files and by write_files (line 2)',
    ],
    [
      'write_files: [{path: /home/a, content: ""}, {path: /var/home/a, content: ""}]',
      '/var/home/a is written by write_files and',
    ],
    [
      'write_files: [{path: /etc/a, content: ""}, {path: /etc/a/b, content: ""}]',
      '/etc/a/b is below /etc/a, which is a file',
    ],
    [
      'write_files: [{path: /etc/a/b/c, content: ""}, {path: /etc/a, content: ""}]',
      '/etc/a is a file here, and a folder',
    ],
    [
      '{hostname: a, write_files: [{path: /etc/hostname, content: ""}]}',
      '/etc/hostname is written by write_files and by hostname',
    ],
    ['{manage_etc_hosts: localhost, write_files: [{path: /etc/hosts, content: ""}]}', 'by manage_etc_hosts'],
    ['{coreos: {oem: {id: a}}, write_files: [{path: /etc/oem-release, content: ""}]}', 'by coreos.oem'],
    [
      '{coreos: {update: {group: a}}, write_files: [{path: /etc/basalt/update.conf, content: ""}]}',
      'by coreos.update',
    ],
    [
      '{coreos: {etcd2: {name: a}}, write_files: [{path: /etc/systemd/system/etcd.service.d/20-cloud-config.conf, content: ""}]}',
      'by coreos.etcd2',
    ],
  ])('refuses two writers: %s', (line, problem) => {
    expect(problemsOf(`${line}\n`)).toEqual([expect.stringContaining(problem)]);
  });

  it('may write what no other key writes', () => {
    expect(
      problemsOf('write_files: [{path: /etc/hostname, content: a}, {path: /etc/hosts, content: b}]\n'),
    ).toEqual([]);
  });
});

describe('bytes', () => {
  it('of any text are those of the encoding standard', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Buffer.from(encodeUtf8(text)).equals(Buffer.from(text))).toBe(true);
      }),
    );
    expect([...encodeUtf8('a\ud800b\udc00')]).toEqual([...new TextEncoder().encode('a\ud800b\udc00')]);
  });

  it('survive base64', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(decodeBase64(text)).toEqual(bytes);
        expect(decodeBase64(text.replace(/=+$/, ''))).toEqual(bytes);
      }),
    );
  });

  it.each(['a', 'ab=c', 'ab===', 'a-_b', 'ä', 'abc=='])('%j is not base64', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe('links of /var into what is gone after a restart', () => {
  it.each([
    ['/var/run/basalt/x', 'but /run/basalt is where Basalt keeps its own state'],
    ['/var/run', 'which is a folder of the system'],
  ])('refuses %s', (path, problem) => {
    expect(problemsOf(`write_files: [{ path: ${path}, content: x }]\n`)).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it('are two spellings of one place', () => {
    const two = (first: string, second: string) =>
      problemsOf(`write_files: [{ path: ${first}, content: x }, { path: ${second}, content: x }]\n`);
    expect(two('/run/x', '/var/run/x')).toEqual([expect.stringContaining('is written by')]);
    expect(two('/run/lock/x', '/var/lock/x')).toEqual([expect.stringContaining('is written by')]);
  });
});
