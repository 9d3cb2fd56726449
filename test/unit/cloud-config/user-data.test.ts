import { describe, expect, it } from 'vitest';
import { configOf, problemsOf, read, warningsOf } from './reading.ts';

describe('kinds of user data', () => {
  it.each(['', ' \n\t\r\n', '\ufeff\n'])('%j is empty', (text) => {
    expect(read(text)).toEqual({ kind: 'empty' });
  });

  it.each([
    '#cloud-config\n',
    '#cloud-config',
    '\ufeff#cloud-config\r\n',
    '#cloud-config  \n# nothing else\n',
    '#cloud-config\n---\n',
    '#cloud-config\n{}\n',
  ])('%j is a cloud-config that asks for nothing', (text) => {
    expect(read(text)).toMatchObject({
      kind: 'cloud-config',
      config: { units: [], files: [] },
      warnings: [],
    });
  });

  it('reads line ends of both kinds, with the same places', () => {
    const body = 'hostname: a_b\nwrite_files:\n  - path: /etc/a\n    content: |\n      x\n      y\n';
    const unix = read(`#cloud-config\n${body}`);
    expect(unix).toEqual(read(`#cloud-config\n${body}`.replaceAll('\n', '\r\n')));
    expect(unix).toMatchObject({ problems: [{ line: 2, column: 11 }] });
    const { files } = configOf(body.replace('a_b', 'ab').replaceAll('\n', '\r\n'));
    expect(new TextDecoder().decode(files[0]?.content)).toBe('x\ny\n');
  });

  it.each([
    ['#!/bin/sh\necho hi\n', '#!/bin/sh\necho hi\n'],
    ['#! /usr/bin/env bash\r\necho hi\r\n', '#! /usr/bin/env bash\necho hi\n'],
  ])('%j is a script', (text, script) => {
    expect(read(text)).toEqual({ kind: 'script', text: script });
  });

  it.each([
    ['#!\necho', 'names no interpreter'],
    ['#!bash\necho', 'names no interpreter'],
    ['#!/bin/sh\necho \0', 'NUL'],
    ['#!/bin/sh\0', 'NUL'],
  ])('%j is a script that cannot run', (text, message) => {
    expect(read(text)).toMatchObject({
      kind: 'invalid',
      problems: [{ message: expect.stringContaining(message) }],
    });
  });

  it.each([
    ['hostname: a\n', 1, 'the first line is neither', 'put a line #cloud-config before it'],
    ['key: a\n', 1, 'the first line is neither', 'write a #cloud-config document'],
    ['# mine\n#cloud-config\nhostname: a\n', 2, '"#cloud-config" is in line 2', 'the first line'],
    ['#Cloud-Config\n', 1, 'the first line is "#Cloud-Config"', 'in these letters'],
    [' #cloud-config\n', 1, 'the first line is " #cloud-config"', 'alone'],
    ['# cloud-config\n', 1, 'the first line is "# cloud-config"', 'in these letters'],
    ['MIME-Version: 1.0\nContent-Type: multipart/mixed\n', 1, 'MIME multi-part', 'cloud-config part alone'],
    ['Content-Type: multipart/mixed; boundary="x"\n', 1, 'MIME multi-part', 'cloud-config part alone'],
    ['#include\nhttps://example.com\n', 1, '#include', 'one #cloud-config document'],
    ['#include-once\nhttps://example.com\n', 1, '#include', 'one #cloud-config document'],
    ['#cloud-boothook\n#!/bin/sh\n', 1, '#cloud-boothook', 'write_files'],
    ['#upstart-job\n', 1, 'an upstart job', 'systemd unit'],
    ['#part-handler\n', 1, 'a part handler', '#cloud-config document'],
    ['#cloud-config-archive\n- a\n', 1, 'an archive', 'join its parts'],
    ['## template: jinja\n#cloud-config\n', 2, '"#cloud-config" is in line 2', 'first line'],
    ['## template: jinja\nhostname: a\n', 1, 'a template', 'config render'],
    ['{"ignition": {"version": "3.3.0"}}\n', 1, 'an Ignition configuration', 'coreos.units'],
    ['variant: fcos\nversion: 1.5.0\n', 1, 'Butane or Ignition', 'coreos.units'],
    ['version: v1alpha1\nmachine:\n  type: worker\n', 1, 'Talos', 'the reference'],
    ['apiVersion: v1\nkind: Pod\n', 1, 'a Kubernetes object', '#cloud-config'],
    ['autoinstall:\n  version: 1\n', 1, 'the answers for an installer', 'installed Basalt'],
    ['install\nurl --url http://example.com\n%packages\n', 1, 'the answers for an installer', ''],
    ['#_preseed_V1\nd-i x y z\n', 1, 'the answers for an installer', ''],
    ['<powershell>\n', 1, 'a script for Windows', ''],
    ['<!DOCTYPE html><html>', 1, 'XML or HTML', 'error page'],
    ['{"hostname": "a"}', 1, 'JSON', 'below a first line'],
    ['\u001f\u008b\b\0', 1, 'bytes that are no text', 'gzip'],
  ])('%j is refused by name', (text, line, message, hint) => {
    const data = read(text);
    expect(data).toMatchObject({ kind: 'invalid', warnings: [] });
    const [problem, ...others] = data.kind === 'invalid' ? data.problems : [];
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ file: 'x', line, column: 1 });
    expect(problem?.message).toContain(message);
    expect(problem?.hint).toContain(hint);
  });
});

describe('the document as a whole', () => {
  it.each([
    ['- a\n', '2:1 the cloud-config is a list, not a map'],
    ['just text\n', '2:1 the cloud-config is "just text", not a map'],
    ['a: [\n', '3:1 Flow sequence in block collection must be sufficiently indented'],
    ['hostname: a\n---\nhostname: b\n', 'one cloud-config per file'],
    ['hostname: a\nhostname: b\n', '3:1 "hostname" is written twice: first in line 2'],
    [
      'write_files: []\nwrite-files: []\n',
      '3:1 "write-files" and "write_files" are the same key: it is in line 2',
    ],
    ['hostname: [{toString: a, valueOf: b}]\n', '2:11 hostname is a list, not text'],
    ['users: {toString: a, constructor: b}\n', '2:8 users is a map, not a list'],
    ['hostname:\n', '2:1 hostname has no value | remove the key'],
    ['hostnam: a\n', '2:1 unknown key "hostnam" | did you mean "hostname"?'],
    ['__proto__: {}\n', '2:1 the key "__proto__" is reserved'],
    ['hostname: !secret a\n', 'a cloud-config is plain YAML'],
    ['a: *b\n', 'nothing is named by the anchor'],
  ])('refuses %j', (body, problem) => {
    expect(problemsOf(body).join('\n')).toContain(problem);
  });

  it('tells all problems together, in the order of the text', () => {
    const problems = problemsOf(
      'hostname: a b\ncoreos:\n  update: {group: 1 2}\nusers: {}\nwrite_files: [{}]\nruncmd: [x]\n',
    );
    expect(problems.map((problem) => problem.split(' | ')[0])).toEqual([
      '2:11 hostname is "a b", not a host name',
      '4:19 coreos.update.group is "1 2", not the name of a channel',
      '5:8 users is a map, not a list',
      '6:15 write_files[0] has no "path"',
      '7:1 "runcmd" is not supported',
    ]);
  });

  it('shows 100 problems at most, and counts the others', () => {
    const problems = problemsOf(Array.from({ length: 150 }, (_, index) => `k${index}: 1\n`).join(''));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toContain('and 50 more');
  });

  it.each([
    ['runcmd', 'oneshot service in coreos.units'],
    ['packages', 'packages.add'],
    ['bootcmd', 'write_files'],
    ['chpasswd', 'passwd'],
    ['ntp', 'timesyncd'],
    ['mounts', '.mount units'],
    ['disk_setup', '.mount units'],
    ['disk-setup', '.mount units'],
    ['apt', 'packages.add'],
    ['yum_repos', 'packages.add'],
    ['power_state', 'need not restart'],
    ['phone_home', 'curl'],
    ['swap', '.swap unit'],
    ['growpart', '/var grows'],
    ['resize_rootfs', '/var grows'],
    ['timezone', '/etc/localtime'],
    ['locale', '/etc/locale.conf'],
    ['ca_certs', 'certificate'],
    ['ca-certs', 'certificate'],
    ['final_message', 'basalt-agent status'],
    ['package_update', 'packages.add'],
    ['disable_root', 'root has no password'],
    ['ssh_pwauth', 'sshd_config.d'],
    ['rancher', 'coreos.units'],
    ['fqdn', 'hostname'],
    ['etcd2', 'belongs below coreos'],
    ['units', 'belongs below coreos'],
  ])('names the foreign key %s, and says what to do', (key, hint) => {
    const [problem = '', ...others] = problemsOf(`hostname: a\n${key}: x\n`);
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^3:1 "${key}" is not supported \\| `));
    expect(problem).toContain(hint);
  });

  it('takes basalt: for coreos:, not both', () => {
    const body = (key: string) => `${key}:\n  update: {reboot-strategy: off}\n`;
    expect(configOf(body('basalt'))).toEqual(configOf(body('coreos')));
    expect(problemsOf(body('coreos') + body('basalt'))).toEqual([
      '4:1 basalt is another name of coreos, which is in line 2 | join the two in one of them',
    ]);
  });

  it.each([
    ['fleet', 'podman'],
    ['flannel', 'swarm has overlay networks'],
    ['etcd3', 'etcd2'],
    ['write_files', 'top level'],
  ])('says that coreos.%s is not here, and the way out', (key, hint) => {
    const [problem = ''] = problemsOf(`coreos:\n  ${key}: {metadata: a}\n`);
    expect(problem).toContain(`3:3 "${key}" in coreos is not supported`);
    expect(problem).toContain(hint);
  });
});

describe('small sections', () => {
  it.each(['a', 'node-1', 'NODE1.example.com', '1', 'a'.repeat(63), '$private_ipv4', 'node-$private_ipv4'])(
    'takes the host name %s',
    (name) => {
      expect(configOf(`hostname: ${name}\n`).hostname).toBe(name);
    },
  );

  it('takes a number as it was typed', () => {
    expect(configOf('hostname: 0x10\n').hostname).toBe('0x10');
    expect(configOf('hostname: 1.10\n').hostname).toBe('1.10');
  });

  it.each([
    '-a',
    'a-',
    'a..b',
    'a_b',
    'a b',
    '""',
    'a'.repeat(64),
    `${'a.'.repeat(33)}a`,
    'ä',
    '"a\\nb"',
    '.a',
  ])('refuses the host name %s', (name) => {
    expect(problemsOf(`hostname: ${name}\n`)).toEqual([expect.stringMatching(/^2:11 hostname is /)]);
  });

  it('takes manage_etc_hosts: localhost alone', () => {
    expect(configOf('manage_etc_hosts: localhost\n').manageEtcHosts).toBe(true);
    expect(configOf('manage-etc-hosts: localhost\n').manageEtcHosts).toBe(true);
    expect(configOf('hostname: a\n').manageEtcHosts).toBe(false);
    expect(problemsOf('manage_etc_hosts: true\n')).toEqual([
      expect.stringContaining('2:19 manage_etc_hosts is true, which is not supported | write localhost'),
    ]);
  });

  it('reads coreos.update and coreos.locksmith', () => {
    const body = (strategy: string, rest = '') =>
      `coreos:\n  update:\n    group: stable\n    server: https://u.example/b\n    reboot-strategy: ${strategy}\n${rest}`;
    expect(configOf(body('etcd-lock')).update).toEqual({
      channel: 'stable',
      server: 'https://u.example/b',
      rebootStrategy: 'etcd-lock',
      settings: {},
      locksmith: {},
    });
    // Off is a text here, whatever YAML 1.1 thought of it.
    expect(configOf(body('off')).update?.rebootStrategy).toBe('off');
    expect(configOf(body('best-effort')).update?.rebootStrategy).toBe('reboot');
    expect(configOf(body('best-effort', '  etcd2: {name: a}\n')).update?.rebootStrategy).toBe('etcd-lock');
    expect(
      configOf(
        'coreos:\n  locksmith:\n    window-start: "Thu 04:00"\n    window_length: 1h30m\n    etcd-cafile: /etc/ca\n',
      ).update,
    ).toEqual({
      channel: undefined,
      server: undefined,
      rebootStrategy: undefined,
      settings: {},
      locksmith: {
        LOCKSMITHD_REBOOT_WINDOW_START: 'Thu 04:00',
        LOCKSMITHD_REBOOT_WINDOW_LENGTH: '1h30m',
        LOCKSMITHD_ETCD_CAFILE: '/etc/ca',
      },
    });
    expect(configOf('hostname: a\n').update).toBeUndefined();
    const full = [
      'reboot-strategy: fleet-lock',
      'fleet-lock-url: https://locks.example/base',
      'window-start: "Sat,Sun 04:00"',
      'window_length: 90m',
      'window-timezone: America/Argentina/Buenos_Aires',
      'lock-group: web_1',
      'lock-maximum: 2',
      'tries: 5',
      'health-timeout: 20m',
      'allow-degraded: yes',
    ];
    expect(configOf(`basalt:\n  update: {${full.join(', ')}}\n`).update).toEqual({
      channel: undefined,
      server: undefined,
      rebootStrategy: 'fleet-lock',
      settings: {
        FLEET_LOCK_URL: 'https://locks.example/base',
        WINDOW_START: 'Sat,Sun 04:00',
        WINDOW_LENGTH: '90m',
        WINDOW_TIMEZONE: 'America/Argentina/Buenos_Aires',
        LOCK_GROUP: 'web_1',
        LOCK_MAXIMUM: '2',
        TRIES: '5',
        HEALTH_TIMEOUT: '20m',
        ALLOW_DEGRADED: 'true',
      },
      locksmith: {},
    });
  });

  it.each([
    [
      'update: {reboot-strategy: never}',
      '3:29 coreos.update.reboot-strategy is "never", which is not one of the choices',
    ],
    ['update: {server: updates.example}', '3:20 coreos.update.server is "updates.example", not the address'],
    ['update: {channel: stable}', '3:12 unknown key "channel" in coreos.update'],
    ['locksmith: {window-start: 25:00}', '3:29 coreos.locksmith.window-start is "25:00", not a time'],
    ['locksmith: {window-length: 1 hour}', 'not a duration'],
    ['locksmith: {etcd-cafile: ca}', 'not an absolute path'],
    ['update: {reboot-strategy: fleet-lock}', 'reboot-strategy is fleet-lock, and there is no server'],
    ['update: {window-start: "04:00"}', '3:12 window-start is there, and window-length is not'],
    ['locksmith: {window-length: 1h}', 'window-length is there, and window-start is not'],
    ['update: {window-timezone: Europe/Berlin}', 'window-timezone is there, and window-start is not'],
    ['update: {window-timezone: ../../etc/passwd}', 'not the name of a time zone'],
    ['update: {lock-maximum: 0}', 'not a number from 1 to 1000'],
    ['update: {tries: 11}', 'not a number from 1 to 10'],
    ['update: {health-timeout: 30s}', 'not a duration of a minute or more'],
    ['update: {fleet-lock-url: locks}', 'not the address of a FleetLock server'],
    ['update: {allow-degraded: maybe}', 'not true or false'],
    ['oem: {id: [a]}', '3:13 coreos.oem.id is a list, not text'],
    ['oem: {ids: a}', 'did you mean "id"?'],
  ])('refuses coreos: %s', (line, problem) => {
    expect(problemsOf(`coreos:\n  ${line}\n`)).toEqual([expect.stringContaining(problem)]);
  });

  it('reads coreos.oem', () => {
    const { oem } = configOf(
      'coreos:\n  oem: {id: r, name: Rack, version-id: 168.0, home-url: "https://a", bug-report-url: b}\n',
    );
    expect(oem).toEqual({
      ID: 'r',
      NAME: 'Rack',
      VERSION_ID: '168.0',
      HOME_URL: 'https://a',
      BUG_REPORT_URL: 'b',
    });
  });
});

describe('addresses', () => {
  const addresses = { private_ipv4: '10.0.0.5', public_ipv4: '203.0.113.5', private_ipv6: 'fd00::5' };
  const body = `hostname: n
write_files:
  - path: /etc/a-$private_ipv4
    content: |
      $private_ipv4 $public_ipv4 $private_ipv6 \\$private_ipv4 $private_ipv44 \${private_ipv4} $PRIVATE_IPV4
coreos:
  etcd2:
    listen-peer-urls: "http://$private_ipv4:2380,http://[$private_ipv6]:2380"
    name: "\\$private_ipv4"
`;

  it('are put in', () => {
    const { files, etcd } = configOf(body, addresses);
    expect(files[0]?.path).toBe('/etc/a-10.0.0.5');
    expect(new TextDecoder().decode(files[0]?.content)).toBe(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's spelling, which is left alone
      '10.0.0.5 203.0.113.5 fd00::5 $private_ipv4 10.0.0.54 ${private_ipv4} $PRIVATE_IPV4\n',
    );
    expect(etcd).toEqual({
      ETCD_LISTEN_PEER_URLS: 'http://10.0.0.5:2380,http://[fd00::5]:2380',
      ETCD_NAME: '$private_ipv4',
    });
  });

  it('stay as they are where no machine is known', () => {
    const { files, etcd } = configOf(body);
    expect(new TextDecoder().decode(files[0]?.content)).toContain(
      '$private_ipv4 $public_ipv4 $private_ipv6 \\$private_ipv4',
    );
    expect(etcd?.ETCD_NAME).toBe('\\$private_ipv4');
  });

  it('that a machine does not know are empty, with a warning; what they make invalid is refused', () => {
    const data = read('#cloud-config\nhostname: n$public_ipv4\n', {});
    expect(data).toMatchObject({
      kind: 'cloud-config',
      config: { hostname: 'n' },
      warnings: [
        { line: 2, column: 11, message: 'hostname has $public_ipv4, which this machine does not know' },
      ],
    });
    expect(problemsOf('hostname: $public_ipv4\n', {})).toEqual([
      expect.stringContaining(
        '2:11 hostname is "$public_ipv4" (this machine has no $public_ipv4), not a host name',
      ),
    ]);
  });

  it('do not move places: neither in their line nor below', () => {
    const text = 'coreos: {oem: {id: $private_ipv4, name: "\\$public_ipv4", bogus: 1}}\nhostname: _\n';
    expect(problemsOf(text, addresses)).toEqual(problemsOf(text));
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^2:58 unknown key "bogus"/),
      expect.stringMatching(/^3:11 /),
    ]);
  });

  it('cannot change the form of a document', () => {
    const evil = { private_ipv4: 'a\nusers: [{name: eve}]\nx: ' };
    const data = read('#cloud-config\nwrite_files: [{path: /etc/a, content: $private_ipv4}]\n', evil);
    expect(data).toMatchObject({ kind: 'cloud-config', config: { users: [], files: [{ path: '/etc/a' }] } });
  });

  it('are put into scripts', () => {
    expect(read('#!/bin/sh\necho $private_ipv4 \\$private_ipv4\n', addresses)).toEqual({
      kind: 'script',
      text: '#!/bin/sh\necho 10.0.0.5 $private_ipv4\n',
    });
    expect(read('#!/bin/sh\necho $private_ipv4\n')).toEqual({
      kind: 'script',
      text: '#!/bin/sh\necho $private_ipv4\n',
    });
  });
});

describe('warnings', () => {
  it('stand beside problems', () => {
    const data = read('#cloud-config\nwrite_files: [{path: /etc/a}]\nhostname: _\n');
    expect(data).toMatchObject({
      kind: 'invalid',
      problems: [{ line: 3 }],
      warnings: [{ line: 2, column: 15 }],
    });
  });

  it('are none for a plain configuration', () => {
    expect(warningsOf('hostname: a\n')).toEqual([]);
  });
});
