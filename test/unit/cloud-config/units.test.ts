import { describe, expect, it } from 'vitest';
import { configOf, problemsOf, warningsOf } from './reading.ts';

const SERVICE = '[Service]\nExecStart=/usr/bin/true\n';

/** A unit with a text, as YAML; its text begins in line 6, column 9. */
function unit(name: string, content: string, more = ''): string {
  const lines = content
    .split('\n')
    .map((line) => (line === '' ? '' : `        ${line}`))
    .join('\n');
  return `coreos:\n  units:\n    - name: ${name}\n      content: |\n${lines}\n${more}`;
}

describe('coreos.units', () => {
  it('reads every key, in both spellings', () => {
    const body = `coreos:
  units:
    - name: hello.service
      runtime: yes
      enable: true
      command: reload-or-try-restart
      content: |
        [Unit]
        Description=Hello
        [Service]
        ExecStart=/usr/bin/env $private_ipv4
        [Install]
        WantedBy=multi-user.target
      drop-ins:
        - name: 10-a.conf
          content: |
            [Service]
            Environment=A=1
    - name: docker.service
      drop_ins:
        - {name: b.conf, content: "[Service]\\nRestart=no\\n"}
    - name: systemd-pstore.service
      mask: on
`;
    expect(configOf(body, { private_ipv4: '10.0.0.5' }).units).toEqual([
      {
        name: 'hello.service',
        content:
          '[Unit]\nDescription=Hello\n[Service]\nExecStart=/usr/bin/env 10.0.0.5\n[Install]\nWantedBy=multi-user.target\n',
        dropIns: [{ name: '10-a.conf', content: '[Service]\nEnvironment=A=1\n' }],
        runtime: true,
        enable: true,
        mask: false,
        command: 'reload-or-try-restart',
      },
      expect.objectContaining({
        name: 'docker.service',
        content: undefined,
        command: undefined,
        runtime: false,
      }),
      expect.objectContaining({ name: 'systemd-pstore.service', mask: true }),
    ]);
  });

  it.each([
    'hello.service',
    'a@.service',
    'a@b.timer',
    'dev-disk-by\\x2dlabel.swap',
    '00-eth.network',
    'x.netdev',
    'y.link',
    '-.mount',
  ])('takes the name %s', (name) => {
    expect(
      problemsOf(`coreos:\n  units:\n    - name: ${name.startsWith('-') ? `"${name}"` : name}\n`),
    ).toEqual([]);
  });

  it.each([
    ['hello', 'which has no type | did you mean "hello.service"?'],
    ['hello.servce', 'whose type ".servce" does not exist'],
    ['web.container', '/etc/containers/systemd/web.container'],
    ['a/b.service', 'not the name of a unit'],
    ['/etc/systemd/system/b.service', 'write the name alone'],
    ['a b.service', 'not the name of a unit'],
    ['"@x.service"', 'not the name of a unit'],
    [`${'x'.repeat(250)}.service`, 'longer than 255'],
    ['"a.service\\n"', 'does not exist'],
  ])('refuses the name %s', (name, problem) => {
    expect(problemsOf(`coreos:\n  units:\n    - name: ${name}\n`)).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it.each([
    ['{content: a}', 'coreos.units[0] has no "name"'],
    ['{name: a.service, command: go}', 'coreos.units[0].command is "go", which is not one of the choices'],
    ['{name: a.service, enable: maybe}', 'coreos.units[0].enable is "maybe", not true or false'],
    ['{name: a.service, enable: constructor}', 'coreos.units[0].enable is "constructor", not true or false'],
    ['{name: a.service, dropins: []}', 'write drop-ins'],
    ['{name: a.service, drop-ins: [{name: a.conf}]}', 'coreos.units[0].drop-ins[0] has no "content"'],
    ['{name: a.service, drop-ins: [{name: a, content: "[Unit]\\n"}]}', 'did you mean "a.conf"?'],
    ['{name: a.service, content: ""}', 'a.service has no content'],
    ['a.service', 'coreos.units[0] is "a.service", not a map'],
    ['{name: a@.service, command: start}', 'name one, such as a@name.service'],
    ['{name: fleet.service, command: start}', 'fleet is gone'],
    ['{name: etcd2.service, command: start}', 'etcd.service'],
    ['{name: locksmithd.service, mask: true}', 'reboot-strategy: off'],
    ['{name: flanneld.service, drop-ins: [{name: a.conf, content: "[Unit]\\n"}]}', 'flannel is gone'],
    ['{name: a.service, mask: true, command: start}', 'a.service is masked, and command is start'],
    ['{name: a.service, mask: true, enable: true}', 'a.service is masked and enabled'],
    [
      '{name: a.service, mask: true, content: "[Service]\\nExecStart=/a\\n"}',
      'a.service is masked, so its content',
    ],
    ['{name: a.service, mask: true, drop-ins: [{name: a.conf, content: "[Unit]\\n"}]}', 'so its drop-ins'],
    ['{name: a.network, enable: true}', 'a.network is a file of systemd-networkd'],
  ])('refuses %s', (entry, problem) => {
    const problems = problemsOf(`coreos:\n  units:\n    - ${entry}\n`);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).toMatch(/^4:\d+ /);
  });

  it('takes mask with stop', () => {
    expect(
      configOf('coreos:\n  units:\n    - {name: a.service, mask: true, command: stop}\n').units,
    ).toHaveLength(1);
  });

  it('refuses a unit, a drop-in or a path that is there twice', () => {
    expect(
      problemsOf(
        'coreos:\n  units:\n    - {name: a.service, command: stop}\n    - {name: a.service, enable: yes}\n',
      ),
    ).toEqual(['5:14 the unit a.service is there twice: first in line 4 | join the two entries']);
    expect(
      problemsOf(
        'coreos:\n  units:\n    - name: a.service\n      drop-ins: [{name: a.conf, content: "[Unit]\\n"}, {name: a.conf, content: "[Unit]\\n"}]\n',
      ),
    ).toEqual([expect.stringContaining('/etc/systemd/system/a.service.d/a.conf is written by')]);
    expect(
      problemsOf(
        `${unit('a.service', SERVICE)}write_files:\n  - {path: /etc/systemd/system/a.service, content: x}\n  - {path: /run/systemd/system/a.service, content: x}\n`,
      ),
    ).toEqual([
      expect.stringMatching(
        /^10:12 .*a\.service is written by write_files and by coreos\.units \(a\.service\) \(line 5\)/,
      ),
    ]);
  });

  it('warns of what does nothing', () => {
    expect(warningsOf('coreos:\n  units:\n    - {name: a.service}\n')).toEqual([
      expect.stringContaining('nothing is asked for'),
    ]);
    expect(warningsOf(unit('a.service', SERVICE, '      enable: true\n'))).toEqual([
      expect.stringContaining('9:7 a.service is enabled and has no [Install] section'),
    ]);
    expect(
      warningsOf('coreos:\n  units:\n    - {name: a.network, command: restart, content: "[Match]\\n"}\n'),
    ).toEqual([expect.stringContaining('a.network cannot be started')]);
  });
});

describe('the text of a unit', () => {
  it.each([
    [
      'a.service',
      '[Servic]\nExecStart=/a\n',
      [
        '5:16 a.service has no [Service] section',
        '6:9 a.service: unknown section [Servic] | did you mean "Service"?',
      ],
    ],
    [
      'a.service',
      'ExecStart=/a\n',
      ['5:16 a.service has no [Service] section', '6:9 a.service: an assignment before any section'],
    ],
    [
      'a.service',
      '[Service]\nExecStart=/a\n\ngarbage\n',
      ['9:9 a.service: "garbage" is neither a section nor an assignment'],
    ],
    [
      'a.service',
      '[Service\nExecStart=/a\n',
      ['5:16 a.service has no', '6:9 a.service: a section that does not end with "]"', '7:9 '],
    ],
    ['a.service', '[Service]\n=x\nExecStart=/a\n', ['7:9 a.service: "=x" is neither']],
    [
      'a.service',
      '[Timer]\nOnCalendar=daily\n[Service]\nExecStart=/a\n',
      ['6:9 a.service: unknown section [Timer]'],
    ],
    ['a.service', '[Service]\nType=simple\n', ['6:9 a.service has no ExecStart=']],
    ['a.service', '[Service]\nExecStart=/a\nExecStart=\n', ['6:9 a.service has no ExecStart=']],
    ['a.service', '[Service]\nType=oneshot\n', ['6:9 a.service has no ExecStart=']],
    ['a.service', '[Service]\nExecStop=/a\n', ['6:9 a.service has no ExecStart=']],
    ['a.service', '[Service]\nExecStart=/a\nExecStart=/b\n', ['8:9 a.service has more than one ExecStart=']],
    ['a.service', '[Service]\nExecStart=./a\n', ['7:9 a.service runs "./a", which is not an absolute path']],
    ['a.service', '[Service]\nExecStart=-@bin/a x\n', ['7:9 a.service runs "bin/a"']],
    [
      'a.service',
      '[Service]\nType=onshot\nExecStart=/a\n',
      ['7:9 a.service has Type=onshot, which does not exist | did you mean "oneshot"?'],
    ],
    ['a.service', '[Service]\nRestart=allways\nExecStart=/a\n', ['7:9 a.service has Restart=allways']],
    [
      'a.service',
      '[Service]\nType=oneshot\nRestart=always\nExecStart=/a\n',
      ['8:9 a.service is of Type=oneshot'],
    ],
    [
      'a.service',
      '[Service]\nType=dbus\nExecStart=/a\n',
      ['7:9 a.service is of Type=dbus and has no BusName='],
    ],
    ['a.timer', '[Timer]\nUnit=b.service\n', ['6:9 a.timer has none of OnCalendar=']],
    ['a.timer', '[Unit]\nDescription=x\n', ['5:16 a.timer has no [Timer] section']],
    ['a.socket', '[Socket]\nAccept=no\n', ['6:9 a.socket has none of ListenStream=']],
    ['a.path', '[Path]\nUnit=b.service\n', ['6:9 a.path has none of PathExists=']],
    ['a.swap', '[Swap]\nPriority=1\n', ['6:9 a.swap has no What=']],
    ['data.mount', '[Mount]\nWhere=/data\n', ['6:9 data.mount has no What=']],
    ['data.mount', '[Mount]\nWhat=/dev/vdb\n', ['6:9 data.mount has no Where=']],
    [
      'data.mount',
      '[Mount]\nWhat=/dev/vdb\nWhere=/var/data-1\n',
      ['8:9 data.mount mounts /var/data-1, and its name must say so | name the unit var-data\\x2d1.mount'],
    ],
    ['a.automount', '[Automount]\nWhere=/b\n', ['7:9 a.automount mounts /b']],
    ['a.network', '[Network]\nDHCP=yes\n[Servic]\n', ['8:9 a.network: unknown section [Servic]']],
    ['a.network', '[DHCPv4]\nUseDNS=no\n', ['5:16 a.network has no [Match] or [Network] section']],
    ['a.netdev', '[Match]\nHost=x\n', ['5:16 a.netdev has no [NetDev] section']],
  ])('%s: %j', (name, content, expected) => {
    const problems = problemsOf(unit(name, content));
    expect(problems).toHaveLength(expected.length);
    for (const [index, start] of expected.entries())
      expect(problems[index]?.slice(0, start.length)).toBe(start);
  });

  it.each([
    [
      'a.service',
      '[Unit]\nDescription=x\n[Service]\nType=oneshot\nExecStart=/a\nExecStart=/b\nRemainAfterExit=yes\n',
    ],
    ['a.service', '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/a\n'],
    [
      'a.service',
      '[Service]\nExecStart=-+/bin/sh -c "x" \\\n# a comment\n  goes on\n; another\nRestart=always\n',
    ],
    ['a.service', '[Service]\nExecStart=/bin/a\n[X-Mine]\nanything=goes\n'],
    ['a.service', '[Service]\nExecStart=sh -c x\nX-Mine=1\n'],
    ['a.service', '[Service]\nType=%i\nExecStart=/usr/bin/%p\n'],
    ['a.service', '[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\n'],
    ['var-data\\x2d1.mount', '[Mount]\nWhat=/dev/vdb\nWhere=/var/data-1/\n'],
    ['-.mount', '[Mount]\nWhat=/dev/vdb\nWhere=/\n'],
    ['a.target', '[Unit]\nDescription=x\n'],
    ['a.slice', '[Slice]\nMemoryMax=1G\n'],
    ['a.timer', '[Timer]\nOnCalendar=daily\nPersistent=true\n[Install]\nWantedBy=timers.target\n'],
    ['a.network', '[Match]\nName=e*\n[Network]\nDHCP=yes\n[DHCPv4]\nUseDNS=no\n'],
  ])('%s may be %j', (name, content) => {
    const body = unit(name.startsWith('-') ? `"${name}"` : name, content, '');
    expect(problemsOf(body)).toEqual([]);
    expect(warningsOf(body)).toEqual([]);
  });

  it('warns of assignments that systemd passes over', () => {
    expect(warningsOf(unit('a.service', '[Unit]\nAuthor=Me\n[Service]\nExecStart=/a\nRestrat=no\n'))).toEqual(
      [
        expect.stringContaining('7:9 a.service: systemd does not know Author= in [Unit]'),
        expect.stringMatching(/^10:9 .* Restrat= in \[Service\].* \| did you mean "Restart"\?$/),
      ],
    );
  });

  it('checks drop-ins, which need not be whole', () => {
    const body = (content: string) =>
      `coreos:\n  units:\n    - name: docker.service\n      drop-ins:\n        - name: a.conf\n          content: |\n            ${content}\n`;
    expect(problemsOf(body('[Service]\n            Environment=A=1'))).toEqual([]);
    expect(problemsOf(body('[Unit]\n            [Sevice]'))).toEqual([
      expect.stringContaining('9:13 docker.service: unknown section [Sevice]'),
    ]);
    expect(problemsOf(body('Environment=A=1'))).toEqual([
      expect.stringContaining('8:13 docker.service: an assignment before any section'),
    ]);
  });

  it('tells the place of the text where its lines are not those of the file', () => {
    const problems = problemsOf(
      'coreos:\n  units:\n    - name: a.service\n      content: "[Service]\\nExecStart=/a\\ngarbage\\n"\n',
    );
    expect(problems).toEqual([expect.stringMatching(/^5:16 a\.service: "garbage"/)]);
    expect(
      problemsOf(
        'coreos:\n  units:\n    - name: a.service\n      content: >\n        [Service]\n\n        garbage\n',
      ),
    ).toEqual([expect.stringMatching(/^5:16 /), expect.stringMatching(/^5:16 /)]);
  });

  it('tells places in lines with escaped variables', () => {
    expect(problemsOf(unit('a.service', '[Service]\nExecStart=a/\\$private_ipv4\n'))).toEqual([
      expect.stringContaining('7:9 a.service runs "a/\\$private_ipv4"'),
    ]);
  });
});

describe('the unit of the agent', () => {
  const own = (rest: string) => `coreos:\n  units:\n    - name: basalt-agent.service\n      ${rest}\n`;
  const reason = 'but basalt-agent.service applies configurations: without it as it is';

  it.each([
    ['mask: true', 'is masked'],
    ['content: "[Service]\\nExecStart=/bin/true\\n"', 'is replaced'],
    ['drop-ins: [{ name: a.conf, content: "[Service]\\nExecStart=\\n" }]', 'is changed by drop-ins'],
  ])('refuses %s', (rest, message) => {
    expect(problemsOf(own(rest))).toEqual([
      expect.stringContaining(`5:7 basalt-agent.service ${message}, ${reason}`),
    ]);
  });

  it.each([
    '/etc/systemd/system/basalt-agent.service',
    '/etc/systemd/system/basalt-agent.service.d/a.conf',
    '/run/systemd/system/basalt-agent.service.d/a.conf',
    '/var/run/systemd/system/basalt-agent.service',
    '/etc/systemd/system.control/basalt-agent.service.d/a.conf',
    '/etc/systemd/system/basalt-.service.d/a.conf',
  ])('refuses the file %s', (path) => {
    expect(problemsOf(`write_files: [{ path: ${path}, content: x }]\n`)).toEqual([
      expect.stringContaining(reason),
    ]);
  });

  it('takes units of like names', () => {
    expect(
      problemsOf('write_files: [{ path: /etc/systemd/system/basalt-agents.service, content: x }]\n'),
    ).toEqual([]);
  });
});
