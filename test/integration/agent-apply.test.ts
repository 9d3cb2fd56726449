/** The real agent under the real QuickJS on a made-up machine: applying, keeping, taking back, being cut off. */
import { chmod, symlink } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StatusReport } from '../../src/agent/status/status-report.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { AgentMachine, compiledAgent } from '../support/agent-machine.ts';
import { testToolbox } from '../support/toolbox.ts';

const isRoot = process.getuid?.() === 0;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJTTX2XKPNRp7YLOKqCyJ8aFqvHRh0WQ4zWn3S0Ks8p2';
const HASH = '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7';

let toolbox: Toolbox;
let bundle: Awaited<ReturnType<typeof compiledAgent>>;
let machine: AgentMachine;

beforeAll(async () => {
  toolbox = await testToolbox();
  bundle = await compiledAgent();
});
afterAll(() => bundle.remove());
beforeEach(async () => {
  machine = await AgentMachine.make(toolbox, bundle.folder);
});
afterEach(() => machine.remove());

const config = (text: string): string => `#cloud-config\n${text}`;

/** Gives a configuration and applies it; anything but success fails the test. */
async function apply(text: string | undefined) {
  await machine.give(text);
  const run = await machine.agent(['apply']);
  expect(run.stderr).not.toMatch(/defect/);
  expect({ exitCode: run.exitCode, errors: run.stderr.match(/error: .*/g) }).toEqual({
    exitCode: 0,
    errors: null,
  });
  return run;
}

async function status(): Promise<StatusReport & { exitCode: number }> {
  const { stdout, exitCode } = await machine.agent(['status', '--json']);
  return { ...(JSON.parse(stdout) as StatusReport), exitCode };
}

const EVERYTHING = config(`
hostname: node1
manage_etc_hosts: localhost
ssh_authorized_keys: ["${KEY} core@x"]
users:
  - name: ada
    gecos: Ada Lovelace
    passwd: "${HASH}"
    groups: [docker, sudo, makers]
    ssh-authorized-keys: ["${KEY} ada@x"]
write_files:
  - { path: /etc/hello.conf, content: "hello\\n", permissions: "0600" }
  - { path: /var/lib/made/by/agent, content: "deep", owner: "ada:docker", permissions: "4750" }
  - { path: /etc/packed, encoding: gz+base64, content: "${gzipSync(Buffer.from([0, 255, 10, 13, 128])).toString('base64')}" }
  - { path: /etc/login.defs, content: "UID_MIN 1001\\nUID_MAX 60000\\nGID_MIN 1001\\nGID_MAX 60000\\n" }
coreos:
  etcd2: { name: node1, data-dir: /var/lib/etcd/x }
  update: { group: beta, reboot-strategy: etcd-lock }
  locksmith: { window-start: "Thu 04:00", window-length: 1h }
  oem: { id: rack, name: "My \\"Rack\\"" }
  units:
    - name: hello.service
      enable: true
      command: restart
      content: |
        [Service]
        ExecStart=/bin/true
        [Install]
        WantedBy=multi-user.target
    - name: docker.service
      drop-ins: [{ name: 10-x.conf, content: "[Service]\\nEnvironment=A=1\\n" }]
    - { name: etcd.service, mask: true, command: stop }
    - name: fast.service
      runtime: true
      content: "[Service]\\nExecStart=/bin/true\\n"
      command: start
    - name: 50-x.network
      content: "[Match]\\nName=x\\n"
`);

test('a machine without a configuration is left alone, and quickly', async () => {
  const before = await machine.snapshot();
  const run = await apply(undefined);
  expect(run.count).toBe(0);
  expect(run.stderr).toContain('no source has a configuration');
  expect(await machine.snapshot()).toEqual(before);
  expect(await status()).toMatchObject({ exitCode: 0, state: 'none', configuration: null });
});

describe('everything that the dialect has', () => {
  test('is put in place', async () => {
    const { calls } = await apply(EVERYTHING);
    expect(await machine.text('/etc/hostname')).toBe('node1\n');
    expect(await machine.text('/proc/sys/kernel/hostname')).toBe('node1\n');
    expect(await machine.text('/etc/hosts')).toMatch(/^127\.0\.0\.1 localhost$[\s\S]*^127\.0\.0\.1 node1$/m);
    expect(await machine.text('/etc/ssh/authorized_keys.d/core')).toContain(`${KEY} core@x\n`);
    expect(await machine.mode('/etc/ssh/authorized_keys.d/core')).toBe('0644 0:0');
    expect(await machine.text('/etc/ssh/authorized_keys.d/ada')).toContain(`${KEY} ada@x\n`);

    expect(await machine.line('/etc/passwd', 'ada')).toBe('ada:x:1001:1001:Ada Lovelace:/home/ada:/bin/bash');
    expect((await machine.line('/etc/shadow', 'ada'))?.split(':')[1]).toBe(HASH);
    expect(await machine.line('/etc/group', 'sudo')).toBe('sudo:x:27:core,ada');
    expect(await machine.line('/etc/group', 'makers')).toMatch(/:ada$/);

    expect(await machine.text('/etc/hello.conf')).toBe('hello\n');
    expect(await machine.mode('/etc/hello.conf')).toBe('0600 0:0');
    expect(await machine.text('/var/lib/made/by/agent')).toBe('deep');
    expect(await machine.mode('/var/lib/made/by/agent')).toBe('4750 1001:990');
    expect([...(await machine.bytes('/etc/packed'))]).toEqual([0, 255, 10, 13, 128]);

    expect(await machine.text('/etc/systemd/system/hello.service')).toContain('ExecStart=/bin/true');
    expect(await machine.target('/etc/systemd/system/multi-user.target.wants/hello.service')).toMatch(
      /hello\.service$/,
    );
    expect(await machine.text('/etc/systemd/system/docker.service.d/10-x.conf')).toContain('A=1');
    expect(await machine.target('/etc/systemd/system/etcd.service')).toBe('/dev/null');
    expect(await machine.text('/run/systemd/system/fast.service')).toContain('ExecStart');
    expect(await machine.text('/etc/systemd/network/50-x.network')).toContain('Name=x');

    expect(await machine.text('/etc/systemd/system/etcd.service.d/20-cloud-config.conf')).toContain(
      'Environment="ETCD_NAME=node1"',
    );
    expect(await machine.mode('/etc/systemd/system/etcd.service.d/20-cloud-config.conf')).toBe('0644 0:0');
    expect(await machine.text('/etc/basalt/update.conf')).toMatch(
      /^CHANNEL="beta"\nREBOOT_STRATEGY="etcd-lock"\nLOCKSMITHD_REBOOT_WINDOW_START="Thu 04:00"/m,
    );
    expect(await machine.text('/etc/oem-release')).toContain('ID="rack"\nNAME="My \\"Rack\\""\n');

    const toSystemd = calls.filter((call) => /^(systemctl|networkctl) /.test(call));
    expect(toSystemd).toEqual([
      // It is masked.
      'systemctl --no-block stop -- etcd.service',
      'systemctl enable --no-reload -- hello.service',
      'systemctl daemon-reload',
      'systemctl try-restart systemd-networkd.service',
      'systemctl --no-block start -- hello.service',
      'systemctl --no-block restart -- hello.service',
      'systemctl --no-block stop -- etcd.service',
      'systemctl --no-block start -- fast.service',
    ]);
    expect(calls.join('\n')).not.toContain(HASH);
  });

  test('is in force after it, and a second run changes nothing', async () => {
    await apply(EVERYTHING);
    const before = await machine.snapshot();
    const run = await apply(EVERYTHING);
    expect(run.stderr).toContain('nothing had to be changed');
    expect(run.calls.filter((call) => !call.startsWith('systemctl --no-block '))).toEqual([]);
    expect(await machine.snapshot()).toEqual(before);
    expect(await status()).toMatchObject({
      exitCode: 0,
      state: 'in-force',
      pending: false,
      differences: [],
      configuration: { source: 'fw-cfg', where: 'opt/basalt/user-data', kind: 'cloud-config' },
      lastRun: { outcome: 'unchanged', problems: [], warnings: [] },
    });
  });

  test('after a restart, what was in memory is made again, and enabled units are systemd’s', async () => {
    await apply(EVERYTHING);
    await machine.restart();
    const { calls } = await apply(EVERYTHING);
    expect(await machine.text('/run/systemd/system/fast.service')).toContain('ExecStart');
    // systemd finds a new unit by itself; reading all of them again would take seconds on a slow machine.
    expect(calls).not.toContain('systemctl daemon-reload');
    expect(calls.filter((call) => /start -- hello|enable/.test(call))).toEqual([
      'systemctl --no-block restart -- hello.service',
    ]);
  });

  test('is taken back when the configuration does not say it any more', async () => {
    const before = await machine.snapshot();
    await apply(EVERYTHING);
    const run = await apply(config(''));
    const toSystemd = run.calls.filter((call) => call.startsWith('systemctl '));
    // Stopped while systemd still knows them; at a boot, that takes back a start which would find no file.
    expect(toSystemd[0]).toMatch(/^systemctl --no-block stop -- (?=.*hello\.service)(?=.*fast\.service)/);
    expect(toSystemd[1]).toBe('systemctl daemon-reload');
    const after = await machine.snapshot();
    const ofUsers = /^etc\/(passwd|shadow|group|gshadow|subuid|subgid)$|^var\/(lib\/basalt|home)/;
    const without = (all: Record<string, string>) =>
      Object.fromEntries(Object.entries(all).filter(([path]) => !ofUsers.test(path)));
    expect(without(after)).toEqual(without(before));
    expect(await machine.mode('/var/lib/made')).toBeUndefined();
    // Not removed: files would lose their owner. Nobody can log in.
    expect(await machine.line('/etc/shadow', 'ada')).toMatch(/^ada:!.*:1:$/);
    expect(await status()).toMatchObject({ differences: [], placed: { files: [], users: [], units: [] } });

    await apply(EVERYTHING);
    expect(await machine.line('/etc/shadow', 'ada')).toBe(
      `ada:${HASH}:${(await machine.line('/etc/shadow', 'ada'))?.split(':').slice(2).join(':')}`,
    );
    expect((await machine.line('/etc/shadow', 'ada'))?.split(':')[7]).toBe('');
  });
});

describe('files', () => {
  const file = (content: string) => config(`write_files: [{ path: /etc/hosts, content: "${content}" }]`);

  test('the original comes back, however often the configuration changed in between', async () => {
    await apply(file('one'));
    await apply(file('two'));
    expect(await machine.text('/etc/hosts')).toBe('two');
    await apply(config(''));
    expect(await machine.text('/etc/hosts')).toBe('127.0.0.1 localhost\n');
    await apply(config(''));
    expect(await machine.text('/etc/hosts')).toBe('127.0.0.1 localhost\n');
  });

  describe('of a machine that was updated since', () => {
    const FILES = ['changed', 'gone', 'came', 'own', 'mode', 'link'];
    const named = `write_files:\n${FILES.map((name) => `  - { path: /etc/x/${name}, content: c }`).join('\n')}`;
    const upper = (name: string) => `/var/lib/basalt/etc/upper/x/${name}`;
    /** What run-basalt-image.mount shows of a version. */
    const show = (files: Readonly<Record<string, string>>) =>
      machine.write(
        Object.fromEntries(
          Object.entries(files).map(([name, text]) => [`/run/basalt/image/etc/x/${name}`, text]),
        ),
      );

    beforeEach(async () => {
      const first = { changed: 'one', gone: 'one', own: 'one', mode: 'one', link: 'one' };
      await show(first);
      for (const [name, text] of Object.entries(first)) await machine.write({ [`/etc/x/${name}`]: text });
      // The machine had changed this one itself.
      await machine.write({ '/etc/x/own': 'mine', [upper('own')]: 'mine' });
      await apply(config(named));
      for (const name of FILES) {
        expect(await machine.text(`/etc/x/${name}`)).toBe('c');
        await machine.write({ [upper(name)]: 'c' });
      }
      await machine.restart();
    });

    test('is the newer version’s, and the machine’s own stays its own', async () => {
      await show({ changed: 'two', came: 'two', own: 'two', mode: 'two' });
      await chmod(machine.path('/run/basalt/image/etc/x/mode'), 0o640);
      await symlink('/usr/lib/x', machine.path('/run/basalt/image/etc/x/link'));
      await apply(config(''));
      expect(
        await Promise.all(['changed', 'gone', 'came', 'own'].map((name) => machine.text(`/etc/x/${name}`))),
      ).toEqual(['two', undefined, 'two', 'mine']);
      expect(await machine.mode('/etc/x/mode')).toBe('0640 0:0');
      expect(await machine.target('/etc/x/link')).toBe('/usr/lib/x');
    });

    test('is the copy where the image cannot be seen', async () => {
      await apply(config(''));
      expect(
        await Promise.all(['changed', 'gone', 'came', 'own'].map((name) => machine.text(`/etc/x/${name}`))),
      ).toEqual(['one', 'one', undefined, 'mine']);
    });
  });

  test('what was changed by hand is put right at the next run, and told before', async () => {
    await apply(file('one'));
    await machine.write({ '/etc/hosts': 'by hand' });
    expect(await status()).toMatchObject({
      exitCode: 1,
      differences: [{ kind: 'file', name: '/etc/hosts', difference: 'changed' }],
    });
    const human = await machine.agent(['status']);
    expect(human.stdout).toContain('file /etc/hosts: changed');
    await apply(file('one'));
    expect(await machine.text('/etc/hosts')).toBe('one');
  });

  test('an owner that is nowhere refuses the configuration, one that it makes does not', async () => {
    const owned = 'write_files: [{ path: /etc/x, content: x, owner: "grace" }]';
    await machine.give(config(owned));
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain('write_files: /etc/x: its owner grace is not on this machine');
    expect(await machine.text('/etc/x')).toBeUndefined();
    await apply(config(`users: [{ name: grace }]\n${owned}`));
    expect(await machine.mode('/etc/x')).toBe('0644 1001:0');
  });

  test('a folder in the way refuses the configuration', async () => {
    await machine.give(config('write_files: [{ path: /etc/a, content: a }, { path: /etc/ssh, content: x }]'));
    await machine.write({ '/etc/ssh/sshd_config': 'x' });
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain('/etc/ssh cannot be written: there is a folder');
    expect(await machine.text('/etc/a')).toBeUndefined();
  });

  test('a user’s link in the place of a folder is not followed', async () => {
    const own = config(
      'users: [{ name: ada }]\nwrite_files: [{ path: /home/ada/.config/rule, content: x, owner: "ada", permissions: "4755" }]',
    );
    await apply(own);
    expect(await machine.mode('/home/ada/.config/rule')).toMatch(/^4755 1001:/);
    await machine.write({ '/etc/sudoers.d/rule': 'of root' });
    await toolbox.run(
      [
        'sh',
        '-c',
        'cd /machine/home/ada && mv .config old && ln -s /etc/sudoers.d .config && chown -h 1001 . .config',
      ],
      { ownRange: true, binds: [{ source: machine.path(''), target: '/machine', writable: true }] },
    );
    await machine.give(own.replace('content: x', 'content: y'));
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain(
      '/home/ada/.config/rule cannot be written: /home/ada/.config is a link to /etc/sudoers.d, in a folder',
    );
    await apply(config('users: [{ name: ada }]'));
    expect(await machine.text('/etc/sudoers.d/rule')).toBe('of root');
    expect(await machine.target('/home/ada/.config')).toBe('/etc/sudoers.d');
    expect(Object.keys(await machine.snapshot()).filter((path) => path.startsWith('etc/sudoers.d/'))).toEqual(
      ['etc/sudoers.d/rule'],
    );
  });

  test('damaged gzip refuses the configuration', async () => {
    const packed = gzipSync('x'.repeat(5000));
    packed.fill(0xaa, 12);
    await machine.give(
      config(`write_files: [{ path: /etc/x, encoding: gz+base64, content: "${packed.toString('base64')}" }]`),
    );
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toMatch(/\/etc\/x: its content cannot be unpacked with gzip: .*gzip/);
  });

  test('what programs have read already is read again', async () => {
    const { calls } = await apply(
      config(`write_files:
  - { path: /etc/nftables.d/a.nft, content: a }
  - { path: /etc/sysctl.d/a.conf, content: a }
  - { path: /etc/tmpfiles.d/a.conf, content: a }`),
    );
    expect(calls).toEqual([
      'systemctl try-reload-or-restart nftables.service',
      'systemctl restart systemd-sysctl.service',
      'systemd-tmpfiles --create',
    ]);
  });
});

describe('users', () => {
  test('one of the image is changed, and gets back what it had', async () => {
    await apply(
      config(`users: [{ name: core, gecos: Other, passwd: "${HASH}", shell: /bin/sh, groups: [makers] }]`),
    );
    expect(await machine.line('/etc/passwd', 'core')).toBe('core:x:1000:1000:Other:/home/core:/bin/sh');
    expect((await machine.line('/etc/shadow', 'core'))?.split(':')[1]).toBe(HASH);
    expect(await machine.line('/etc/group', 'makers')).toMatch(/:core$/);
    await apply(config(`users: [{ name: core, gecos: Other }]`));
    expect(await machine.line('/etc/passwd', 'core')).toBe('core:x:1000:1000:Other:/home/core:/bin/bash');
    expect((await machine.line('/etc/shadow', 'core'))?.split(':')[1]).toBe('!*');
    await apply(config(''));
    expect(await machine.line('/etc/passwd', 'core')).toBe(
      'core:x:1000:1000:Basalt user:/home/core:/bin/bash',
    );
    expect(await machine.line('/etc/group', 'makers')).toMatch(/:$/);
    expect(await machine.line('/etc/group', 'docker')).toBe('docker:x:990:core');
  });

  test('a home is not moved, and that is told', async () => {
    const run = await apply(config('users: [{ name: core, homedir: /home/other }]'));
    expect(run.stderr).toContain('warning: opt/basalt/user-data: users: core: the home folder is /home/core');
    expect((await status()).lastRun?.warnings).toHaveLength(1);
  });
});

describe('units', () => {
  const unit = (target: string) =>
    config(`coreos:
  units:
    - name: a.service
      enable: true
      content: |
        [Service]
        ExecStart=/bin/true
        [Install]
        WantedBy=${target}
`);

  test('another [Install] is enabled anew', async () => {
    await apply(unit('multi-user.target'));
    await apply(unit('network.target'));
    expect(await machine.target('/etc/systemd/system/multi-user.target.wants/a.service')).toBeUndefined();
    expect(await machine.target('/etc/systemd/system/network.target.wants/a.service')).toMatch(/a\.service$/);
    await apply(config(''));
    expect(await machine.target('/etc/systemd/system/network.target.wants/a.service')).toBeUndefined();
  });

  test('systemd reads its units again for what it may know already', async () => {
    const one = (unit: string) => config(`coreos: { units: [${unit}] }`);
    const content = 'content: "[Service]\\nExecStart=/bin/true\\n"';
    const reloads = async (text: string) =>
      (await apply(text)).calls.filter((call) => call === 'systemctl daemon-reload').length;
    expect(await reloads(one(`{ name: a.service, command: start, ${content} }`))).toBe(0);
    expect(
      await reloads(one(`{ name: a.service, command: start, ${content.replace('true', 'false')} }`)),
    ).toBe(1);
    expect(await reloads(one(`{ name: docker.service, ${content} }`))).toBe(1);
    expect(await reloads(config(''))).toBe(1);
    expect(
      await reloads(
        one('{ name: docker.service, drop-ins: [{ name: a.conf, content: "[Service]\\nNice=1\\n" }] }'),
      ),
    ).toBe(1);
    expect(
      await reloads(config('write_files: [{ path: /etc/containers/systemd/a.container, content: x }]')),
    ).toBe(1);
  });

  test('what the image has enabled stays enabled', async () => {
    const link = '/etc/systemd/system/multi-user.target.wants/docker.service';
    const enable = 'coreos: { units: [{ name: docker.service, enable: true }] }';
    await toolbox.run(['systemctl', '--root=/machine', 'enable', 'docker.service'], {
      binds: [{ source: machine.path(''), target: '/machine', writable: true }],
    });
    expect(await machine.target(link)).toBeDefined();
    await apply(config(enable));
    await apply(config(''));
    expect(await machine.target(link)).toBeDefined();
  });

  test('a mask of the image goes when the configuration names the unit, and comes back after', async () => {
    await toolbox.run(['ln', '-s', '/dev/null', '/machine/etc/systemd/system/docker.service'], {
      binds: [{ source: machine.path(''), target: '/machine', writable: true }],
    });
    await apply(config('coreos: { units: [{ name: docker.service, command: start }] }'));
    expect(await machine.target('/etc/systemd/system/docker.service')).toBeUndefined();
    await apply(config(''));
    expect(await machine.target('/etc/systemd/system/docker.service')).toBe('/dev/null');
  });

  test('one that is not there is passed over with a warning; the rest is applied', async () => {
    const { stderr, calls } = await apply(
      config('hostname: n\ncoreos: { units: [{ name: no.service, enable: true, command: start }] }'),
    );
    expect(stderr).toContain('coreos.units: no.service: this machine has no such unit, so "enable: true"');
    expect(calls).toEqual(['sysctl --quiet --write kernel.hostname=n']);
    expect(await machine.text('/etc/hostname')).toBe('n\n');
  });

  test('a command that systemd refuses is told, and tried at the next boot', async () => {
    await machine.fail('systemctl --no-block start -- docker.service');
    const text = config('coreos: { units: [{ name: docker.service, command: start }] }');
    await machine.give(text);
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('systemctl start docker.service: told to fail');
  });

  test('a unit that failed is a difference', async () => {
    await apply(unit('multi-user.target'));
    await machine.show('Id=a.service\nActiveState=failed\nType=simple\nResult=exit-code\n');
    expect((await status()).differences).toEqual([{ kind: 'unit', name: 'a.service', difference: 'failed' }]);
  });
});

test('a script runs at every boot, once the system is up', async () => {
  const { calls } = await apply('#!/bin/sh\necho hello\n');
  expect(await machine.text('/var/lib/basalt/agent/user-script')).toBe('#!/bin/sh\necho hello\n');
  expect(await machine.mode('/var/lib/basalt/agent/user-script')).toBe('0700 0:0');
  expect(calls).toEqual(['systemctl --no-block start -- basalt-user-script.service']);
  expect(await status()).toMatchObject({ configuration: { kind: 'script' } });
  await machine.restart();
  expect((await apply('#!/bin/sh\necho hello\n')).calls).toHaveLength(1);
  await apply(config(''));
  expect(await machine.text('/var/lib/basalt/agent/user-script')).toBeUndefined();
});

describe('a bad configuration', () => {
  const BAD = config(
    `ssh_authorized_keys:\n  - "${KEY} new@x"\nhostname: Bad_Name\nwrite_files: [{ path: /usr/x }]\n`,
  );

  test('changes nothing, and what is wrong is told everywhere, with its place', async () => {
    await apply(EVERYTHING);
    const before = await machine.snapshot();
    await machine.give(BAD);
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toMatch(/error: opt\/basalt\/user-data:4:11: hostname is "Bad_Name"/);
    expect(run.stderr).toContain('the last good one stays in force');
    const banner = (await machine.text('/run/issue.d/60-basalt-agent.issue')) ?? '';
    expect(banner).toMatch(/is not applied:\n {2}opt\/basalt\/user-data:4:11: hostname is "Bad_Name"/);
    expect(banner).toContain('The last good configuration stays in force.');
    const { 'run/motd.d/60-basalt-agent': motd, ...after } = await machine.snapshot();
    expect(motd).toBeDefined();
    expect(after).toEqual(before);
    const told = await status();
    expect(told).toMatchObject({ exitCode: 3, state: 'kept', differences: [] });
    expect(told.lastRun?.problems.map(({ line }) => line)).toEqual([4, 5]);
    expect((await machine.agent(['status'])).stdout).toContain(
      'NOT applied; an earlier configuration stays in force',
    );

    await apply(EVERYTHING);
    expect(await machine.text('/run/issue.d/60-basalt-agent.issue')).toBeUndefined();
    expect(await machine.text('/run/motd.d/60-basalt-agent')).toBeUndefined();
  });

  test('the last good one is in force after a restart too', async () => {
    await apply(EVERYTHING);
    await machine.give(BAD);
    await machine.restart();
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(3);
    expect(await machine.text('/run/systemd/system/fast.service')).toContain('ExecStart');
    expect(run.calls).toContain('systemctl --no-block start -- fast.service');
  });

  test('on a machine that has no other, its keys alone let its owner in', async () => {
    await machine.give(BAD);
    const run = await machine.agent(['apply']);
    expect(run.exitCode).toBe(3);
    expect(await machine.text('/etc/ssh/authorized_keys.d/core')).toContain(`${KEY} new@x\n`);
    expect(await machine.text('/etc/hostname')).toBe('localhost\n');
    expect(await status()).toMatchObject({ exitCode: 3, state: 'refused', configuration: null });
    await apply(config('hostname: n'));
    expect(await machine.text('/etc/ssh/authorized_keys.d/core')).toBeUndefined();
  });

  test('a terminal is not moved by what is in it', async () => {
    await machine.give('#cloud-config\n"\\e[2J\\\\": 1\n');
    await machine.agent(['apply']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(await machine.text('/run/motd.d/60-basalt-agent')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect((await machine.text('/run/issue.d/60-basalt-agent.issue'))?.replaceAll('\\\\', '')).not.toContain(
      '\\',
    );
  });
});

test('a source that is gone takes nothing away', async () => {
  await apply(EVERYTHING);
  const before = await machine.snapshot();
  await apply(undefined);
  expect(await machine.snapshot()).toEqual(before);
  expect(await status()).toMatchObject({ state: 'in-force', configuration: { source: 'fw-cfg' } });
});

describe('cut off in the middle', () => {
  const OTHER = config(`
hostname: node2
write_files: [{ path: /etc/hosts, content: "x" }, { path: /etc/new/er, content: "y" }]
users: [{ name: ada }, { name: bob, groups: [sudo] }]
coreos:
  units:
    - name: other.service
      enable: true
      content: "[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n"
`);
  /** What depends on when it was written. */
  const comparable = (all: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(all).filter(
        ([path]) => !/lib\/basalt\/agent\/(good\.json|state\.json|originals)/.test(path),
      ),
    );

  test('the next run finishes, wherever it was', { timeout: 600_000 }, async () => {
    await apply(EVERYTHING);
    const { count } = await apply(OTHER);
    const wanted = comparable(await machine.snapshot());
    expect(count).toBeGreaterThan(8);
    for (let at = 1; at <= count; at++) {
      await machine.remove();
      machine = await AgentMachine.make(toolbox, bundle.folder);
      await apply(EVERYTHING);
      await machine.give(OTHER);
      await machine.killAt(at);
      const cut = await machine.agent(['apply']);
      expect(cut.exitCode, `program ${at}`).not.toBe(0);
      await machine.killAt(undefined);
      await machine.restart();
      await machine.agent(['apply']);
      await apply(OTHER);
      expect(comparable(await machine.snapshot()), `cut at program ${at}: ${cut.calls.at(-1)}`).toEqual(
        wanted,
      );
      expect(await status(), `program ${at}`).toMatchObject({ pending: false, differences: [] });
    }
  });

  test('the next run takes it back when the configuration is bad by then', { timeout: 600_000 }, async () => {
    await apply(EVERYTHING);
    const before = comparable(await machine.snapshot());
    await machine.give(OTHER);
    await machine.killAt(12);
    expect((await machine.agent(['apply'])).exitCode).not.toBe(0);
    await machine.killAt(undefined);
    expect(await status()).toMatchObject({ pending: true });
    expect(comparable(await machine.snapshot())).not.toEqual(before);
    await machine.give(config('hostname: Bad_Name'));
    await machine.agent(['apply']);
    const ofUsers = /^etc\/(passwd|shadow|group|gshadow|subuid|subgid)$|^run\/|^var\/home/;
    const without = (all: Record<string, string>) =>
      Object.fromEntries(Object.entries(all).filter(([path]) => !ofUsers.test(path)));
    expect(without(comparable(await machine.snapshot()))).toEqual(without(before));
    expect(await machine.line('/etc/shadow', 'bob')).toMatch(/^bob:!.*:1:$/);
    expect(await status()).toMatchObject({ state: 'kept', pending: false, differences: [] });
  });
});

test('a step that fails is taken back, and the last good configuration stays', async () => {
  await apply(EVERYTHING);
  const before = await machine.snapshot();
  await machine.fail('useradd --create-home --user-group --shell /bin/bash -- bob');
  await machine.give(
    config('hostname: node2\nusers: [{ name: bob }]\nwrite_files: [{ path: /etc/new, content: x }]'),
  );
  const run = await machine.agent(['apply']);
  expect(run.exitCode).toBe(3);
  expect(run.stderr).toContain('cannot be applied to this machine: make the user bob: told to fail');
  const { 'run/motd.d/60-basalt-agent': motd, ...after } = await machine.snapshot();
  expect(motd).toBeDefined();
  expect(after).toEqual(before);
  expect(await status()).toMatchObject({ state: 'kept', pending: false, differences: [] });
});

test.runIf(isRoot)('a disk that is too full changes nothing', async () => {
  await machine.remove();
  machine = await AgentMachine.make(toolbox, bundle.folder, 2048);
  await apply(config('hostname: node1'));
  const before = await machine.snapshot();
  const big = 'x'.repeat(900_000);
  await machine.write({ '/filler': new Uint8Array(1_400_000) });
  await machine.give(
    config(`hostname: node2
write_files:
  - { path: /etc/small, content: small }
  - { path: /etc/new/big, encoding: gz+base64, content: "${gzipSync(big).toString('base64')}" }`),
  );
  const run = await machine.agent(['apply']);
  expect(run.exitCode).toBe(3);
  expect(run.stderr).toContain('No space left on device');
  const { 'run/motd.d/60-basalt-agent': motd, ...after } = await machine.snapshot();
  expect(motd).toBeDefined();
  expect(after).toEqual(before);
  expect(await machine.mode('/etc/new')).toBeUndefined();
  expect(await status()).toMatchObject({ state: 'kept', pending: false });
});

test('validate says the same as apply, and changes nothing', async () => {
  await machine.write({ '/c.yaml': config('hostname: Bad_Name\n'), '/good.yaml': EVERYTHING });
  const bad = await machine.agent(['validate', '/c.yaml']);
  expect(bad.exitCode).toBe(3);
  expect(bad.stdout).toMatch(/^problem: \/c\.yaml:2:11: hostname is "Bad_Name"/);
  expect(await machine.agent(['validate', '/good.yaml'])).toMatchObject({ exitCode: 0, count: 0 });
});

test('the command line: help, version, mistakes', async () => {
  expect((await machine.agent(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+$/);
  expect((await machine.agent(['--help'])).stdout).toContain('status [--json]');
  expect((await machine.agent(['status', '--help'])).stdout).toContain('Usage: basalt-agent status');
  expect(await machine.agent(['frob'])).toMatchObject({ exitCode: 2 });
  expect(await machine.agent(['status', '--xml'])).toMatchObject({ exitCode: 2 });
  expect((await machine.agent(['validate', '/nope'])).stderr).toContain('there is no file /nope');
});

test('the bundle is small, and the same sources give the same bytes', async () => {
  const again = await compiledAgent();
  try {
    const { stdout: sum } = await toolbox.run(['sh', '-c', 'cd /a && sha256sum * && cd /b && sha256sum *'], {
      binds: [
        { source: bundle.folder, target: '/a' },
        { source: again.folder, target: '/b' },
      ],
    });
    const lines = sum.trim().split('\n');
    expect(lines.slice(0, lines.length / 2)).toEqual(lines.slice(lines.length / 2));
    const { stdout: size } = await toolbox.run(['du', '-bs', '/a'], {
      binds: [{ source: bundle.folder, target: '/a' }],
    });
    expect(Number.parseInt(size, 10)).toBeLessThan(400_000);
  } finally {
    await again.remove();
  }
});
