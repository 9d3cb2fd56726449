/** `basalt.install.*` as the server gives it, and as people mistype it. */
import { expect, test } from 'vitest';
import { readKernelArguments } from '../../../../src/install/unattended/kernel-arguments.ts';
import { installPlan } from '../../../../src/provision/install-plan.ts';

const TOKEN = 'x'.repeat(42);
const HERE = 'http://10.0.10.1:8080/v1/machines/525400000007';

const read = (own: string) =>
  readKernelArguments(
    `ro quiet ${own
      .split(' ')
      .map((word) => `basalt.install.${word}`)
      .join(' ')} console=ttyS0\n`,
  );
const texts = (own: string) => read(own).problems.map(({ message, hint }) => `${message} | ${hint}`);

test('what `basalt serve` gives a machine is what the installer understands', () => {
  const given = installPlan({
    server: 'http://10.0.10.1:8080',
    profile: {
      name: 'one',
      group: undefined,
      selector: {},
      image: 'live',
      version: undefined,
      disk: 'path:/dev/disk/by-path/pci-0000:65:00.0-scsi-0:2:0:0',
      keepVar: true,
      config: { kind: 'file', file: '/one.yaml' },
      kernelArguments: ['console=ttyS1,115200n8'],
      origin: { file: 'machines.yaml', line: 1, column: 1 },
    } as never,
    image: {
      image: 'live',
      version: '1.0.0',
      kernel: 'k',
      initrds: ['i'],
      // Its own media ask a server by themselves; who is started by this one has its answer.
      commandLine: 'ro  quiet basalt.install.unattended=yes basalt.install.server=http://10.0.0.9:8080',
    },
    machine: '525400000007',
    mac: '52:54:00:00:00:07',
    tokens: { config: 'c'.repeat(43), report: TOKEN },
  } as never);
  expect(given.arguments.slice(0, 3)).toEqual(['ro', 'quiet', 'console=ttyS1,115200n8']);
  expect(readKernelArguments(`${given.arguments.join(' ')} initrd=initrd0\n`)).toEqual({
    problems: [],
    report: { url: `${HERE}/progress`, token: TOKEN },
    request: {
      kind: 'plan',
      plan: {
        disk: 'path:/dev/disk/by-path/pci-0000:65:00.0-scsi-0:2:0:0',
        keepVar: true,
        config: { kind: 'url', url: `${HERE}/config?token=${'c'.repeat(43)}` },
        added: { sshKeys: [] },
        report: { url: `${HERE}/progress`, token: TOKEN },
        afterwards: 'yes',
      },
    },
  });
});

test('without basalt.install.unattended=yes nothing is asked for', () => {
  expect(readKernelArguments('ro quiet\n')).toEqual({ request: undefined, report: undefined, problems: [] });
  expect(read('disk=smallest-any')).toMatchObject({ request: undefined, problems: [] });
  expect(read('unattended=no disk=smallest-any')).toMatchObject({ request: undefined, problems: [] });
});

test('the least: a disk', () => {
  expect(read('unattended=yes disk=smallest-nvme').request).toEqual({
    kind: 'plan',
    plan: {
      disk: 'smallest-nvme',
      keepVar: false,
      config: undefined,
      added: { sshKeys: [] },
      report: undefined,
      afterwards: 'yes',
    },
  });
  expect(read('unattended=yes disk=serial:A1 reboot=poweroff').request).toMatchObject({
    plan: { afterwards: 'poweroff' },
  });
});

test('the rest may be in an answers file', () => {
  expect(read('unattended=yes answers=http://10.0.0.1/a.yaml').request).toEqual({
    kind: 'answers',
    where: 'http://10.0.0.1/a.yaml',
  });
  expect(texts('unattended=yes answers=/run/a.yaml disk=smallest-any keep-var=yes')).toEqual([
    'basalt.install.disk= is given beside basalt.install.answers= | write it into the answers file alone',
    'basalt.install.keep-var= is given beside basalt.install.answers= | write it into the answers file alone',
  ]);
});

test('all of it may be asked of a server', () => {
  expect(read('unattended=yes server=http://10.0.0.1:8080')).toEqual({
    request: { kind: 'server', server: 'http://10.0.0.1:8080' },
    report: undefined,
    problems: [],
  });
  expect(read('unattended=yes server=https://[fd00::1]/').request).toEqual({
    kind: 'server',
    server: 'https://[fd00::1]',
  });
  expect(read('server=http://10.0.0.1:8080')).toMatchObject({ request: undefined, problems: [] });
  expect(
    texts(`unattended=yes server=http://h disk=smallest-any reboot=no report=http://h/p token=${TOKEN}`),
  ).toEqual(
    ['disk', 'report', 'token', 'reboot'].map(
      (key) =>
        `basalt.install.${key}= is given beside basalt.install.server= | leave it out: the server says it`,
    ),
  );
  expect(texts('unattended=yes server=http://h answers=/run/a.yaml')).toEqual([
    'basalt.install.answers= is given beside basalt.install.server= | leave it out: the server says it',
  ]);
});

test('what a server answers must not lead elsewhere; its problems have no column', () => {
  const where = 'http://h/v1/ask?…';
  const answer = (own: string) => readKernelArguments(own, where).problems;
  expect(
    answer(
      'ro basalt.install.unattended=yes basalt.install.disk=sda basalt.install.server=http://other basalt.install.answers=/etc/shadow',
    ).map(({ file, line, message }) => [file, line, message]),
  ).toEqual([
    [where, 0, expect.stringContaining('disk= is given beside')],
    [where, 0, 'basalt.install.server= is not for a server to say'],
    [where, 0, 'basalt.install.answers= is not for a server to say'],
    [where, 0, 'basalt.install.disk= is "sda", which names no disk'],
  ]);
  expect(
    readKernelArguments('basalt.install.unattended=yes basalt.install.disk=smallest-any', where),
  ).toMatchObject({ problems: [], request: { kind: 'plan' } });
});

test.each([
  ['unattended=yes', 'basalt.install.disk= is missing'],
  ['unattended=true disk=smallest-any', 'basalt.install.unattended= is "true" | yes, no'],
  ['unattended', 'basalt.install.unattended= has no value'],
  ['unattended=yes disk=', 'basalt.install.disk= has no value'],
  ['unattended=yes disk=sda', 'basalt.install.disk= is "sda", which names no disk'],
  ['unattended=yes disk=path:/etc/passwd', 'is "path:/etc/passwd", which names no disk'],
  ['unattended=yes disk=serial:', 'which names no disk'],
  [
    'unattended=yes disk=smallest-any keepvar=yes',
    'unknown argument basalt.install.keepvar= | did you mean "keep-var"?',
  ],
  ['unattended=yes disk=smallest-any disk=smallest-any', 'basalt.install.disk= is given twice'],
  ['unattended=yes disk=smallest-any config=ftp://x/y', 'has the scheme ftp'],
  ['unattended=yes disk=smallest-any config=http:/x', 'is not of the form https://host/path'],
  ['unattended=yes disk=smallest-any config=http://x/#y', 'ends with a #fragment'],
  ['unattended=yes disk=smallest-any report=http://x/y', 'report= is given without basalt.install.token='],
  ['unattended=yes disk=smallest-any token=abc', 'token= is given without basalt.install.report='],
  ['unattended=yes disk=smallest-any mac=1:2', 'is no MAC'],
  ['unattended=yes server=10.0.0.1:8080', 'basalt.install.server= '],
  ['unattended=yes server=ftp://10.0.0.1', 'has the scheme ftp'],
  ['unattended=yes server=http://h/v1/ask', 'has a path or a query'],
  ['unattended=yes server=http://h?x=y', 'has a path or a query'],
  ['unattended=yes server=http://u:p@h', 'has a user or a password'],
  ['unattended=yes server=http://a server=http://b', 'basalt.install.server= is given twice'],
  ['unattended=yes disk=smallest-any reboot=maybe', 'basalt.install.reboot= is "maybe" | yes, no, poweroff'],
])('%s', (own, expected) => {
  expect(texts(own).join('\n')).toContain(expected);
  expect(read(own).request).toBeUndefined();
});

test('all problems at once, in their order, with their columns; who is to be told is known all the same', () => {
  const { problems, report, request } = read(
    `disk=x unattended=yes rebot=no config=file:///etc/shadow report=http://h/p token=${TOKEN}`,
  );
  expect(problems.map(({ column }) => column)).toEqual([10, 62, 86]);
  expect(report).toEqual({ url: 'http://h/p', token: TOKEN });
  expect(request).toBeUndefined();
});

test('problems never repeat an address or a token', () => {
  const secret = 'S3cretS3cretS3cret';
  const all = texts(
    `unattended=yes disk=smallest-any config=http://h:99999/?token=${secret} report=gopher://u:${secret}@h/ token=${secret}%`,
  ).join('\n');
  expect(all).not.toContain(secret);
  expect(all.split('\n')).toHaveLength(3);
});
