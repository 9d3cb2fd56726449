/**
 * A made-up machine for the real agent under the real QuickJS: a root folder, real user programs that work on it
 * (useradd --prefix), the real systemctl for enabling (--root), and stand-ins that record what would be told to a
 * running systemd. Needs a whole range of ids, for the owners of files.
 */
import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compileAgent } from '../../scripts/compile-agent.mjs';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { projectHome } from './builder.ts';

/** Records each call, ends qjs at the one that `kill-at` names, and fails the ones that `fail` names. */
const FAKES = {
  call: `#!/bin/sh
name=\${0##*/}
echo "$name $*" >> /machine.log/calls
count=$(($(cat /machine.log/count 2>/dev/null || echo 0) + 1))
echo "$count" > /machine.log/count
if [ "$count" = "$(cat /machine.log/kill-at 2>/dev/null)" ]; then
  for comm in /proc/[0-9]*/comm; do
    [ "$(cat "$comm")" = qjs ] && kill -9 "$(basename "$(dirname "$comm")")"
  done
  exit 1
fi
if grep -qsF -- "$name $*" /machine.log/fail; then echo "told to fail" >&2; exit 1; fi
. "/fakes/$name.sh"
`,
  'useradd.sh': 'exec /usr/sbin/useradd --prefix /machine "$@"\n',
  'usermod.sh': 'exec /usr/sbin/usermod --prefix /machine "$@"\n',
  'groupadd.sh': 'exec /usr/sbin/groupadd --prefix /machine "$@"\n',
  'chpasswd.sh': 'exec /usr/sbin/chpasswd --prefix /machine "$@"\n',
  // It has no --prefix.
  'gpasswd.sh': `sed -i "/^$3:/{s/:$2$/:/;s/:$2,/:/;s/,$2\\(,\\|$\\)/\\1/}" /machine/etc/group\n`,
  // Names are the machine's, not the sandbox's.
  'chown.sh': `owner=$2; user=\${owner%%:*}; group=\${owner#"$user"}; group=\${group#:}
id() { case $2 in '' | *[!0-9]*) sed -n "s/^$2:[^:]*:\\([0-9]*\\):.*/\\1/p" "/machine/etc/$1" ;; *) echo "$2" ;; esac; }
uid=$(id passwd "$user"); gid=$([ -z "$group" ] || id group "$group")
[ -n "$uid" ] || { echo "chown: invalid user: $owner" >&2; exit 1; }
exec /usr/bin/chown "$uid\${gid:+:$gid}" -- "$3"
`,
  'chmod.sh': 'exec /usr/bin/chmod "$@"\n',
  'sync.sh': 'exec /usr/bin/sync "$@"\n',
  'sha256sum.sh': 'exec /usr/bin/sha256sum "$@"\n',
  'sysctl.sh': `echo "\${3#*=}" > /machine/proc/sys/kernel/hostname\n`,
  'systemctl.sh': `case $1 in
  enable) exec /usr/bin/systemctl --root=/machine "$@" ;;
  show) cat /machine.log/show 2>/dev/null ;;
esac
`,
  'networkctl.sh': 'true\n',
  'systemd-tmpfiles.sh': 'true\n',
  'udevadm.sh': 'true\n',
} as const;

const FW_CFG = '/sys/firmware/qemu_fw_cfg/by_name/opt/basalt/user-data/raw';

/** What the image has. */
const IMAGE: Readonly<Record<string, string>> = {
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\ncore:x:1000:1000:Basalt user:/home/core:/bin/bash\netcd:x:997:997::/var/lib/etcd:/usr/sbin/nologin\n',
  '/etc/shadow': 'root:*:19000:0:99999:7:::\ncore:!*:19000::::::\netcd:!*:19000::::::\n',
  '/etc/group': 'root:x:0:\ncore:x:1000:\nsudo:x:27:core\ndocker:x:990:core\netcd:x:997:\n',
  '/etc/gshadow': 'root:*::\ncore:!::\nsudo:!::core\ndocker:!::core\netcd:!::\n',
  '/etc/login.defs':
    'UID_MIN 1001\nUID_MAX 60000\nGID_MIN 1001\nGID_MAX 60000\nSYS_UID_MIN 100\nSYS_UID_MAX 999\n',
  '/etc/hosts': '127.0.0.1 localhost\n',
  '/etc/hostname': 'localhost\n',
  '/proc/sys/kernel/hostname': 'localhost\n',
  '/proc/cmdline': 'ro quiet\n',
  '/usr/lib/systemd/system/docker.service':
    '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
  '/usr/lib/systemd/system/etcd.service':
    '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
  '/usr/lib/systemd/system/multi-user.target': '[Unit]\nDescription=Many\n',
};

export interface AgentRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Programs that ran, with their arguments; those that only look or flush left out. */
  readonly calls: readonly string[];
  /** How many programs ran in all. */
  readonly count: number;
}

export class AgentMachine {
  private constructor(
    private readonly toolbox: Toolbox,
    private readonly folder: string,
    private readonly isMounted: boolean,
  ) {}

  /** @param sizeKib A disk of this size, for root alone; a folder when absent. */
  static async make(toolbox: Toolbox, bundle: string, sizeKib?: number): Promise<AgentMachine> {
    const folder = await mkdtemp(join(tmpdir(), 'basalt-agent-'));
    const machine = new AgentMachine(toolbox, folder, sizeKib !== undefined);
    for (const name of ['machine', 'log', 'fakes']) await mkdir(join(folder, name));
    if (sizeKib !== undefined) {
      execFileSync('mount', [
        '-t',
        'tmpfs',
        '-o',
        `size=${sizeKib}k`,
        'basalt-test',
        join(folder, 'machine'),
      ]);
    }
    await machine.write(IMAGE);
    await mkdir(join(folder, 'machine/var/home/core'), { recursive: true });
    await mkdir(join(folder, 'machine/etc/systemd/system'), { recursive: true });
    for (const [name, text] of Object.entries(FAKES)) await writeFile(join(folder, 'fakes', name), text);
    for (const name of Object.keys(FAKES)) {
      if (!name.endsWith('.sh')) continue;
      const program = join(folder, 'fakes', name.slice(0, -3));
      await writeFile(program, FAKES.call);
      await chmod(program, 0o755);
    }
    execFileSync('cp', ['-r', bundle, join(folder, 'agent')]);
    return machine;
  }

  /** Runs the agent. */
  async agent(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<AgentRun> {
    await rm(this.log('calls'), { force: true });
    await rm(this.log('count'), { force: true });
    const { exitCode, stdout, stderr } = await this.toolbox.run(['qjs', '/agent/main.js', ...command], {
      ownRange: true,
      network: true,
      accept: ANY_EXIT_CODE,
      env: {
        PATH: '/fakes:/usr/sbin:/usr/bin',
        BASALT_AGENT_ROOT: '/machine',
        ...env,
      },
      binds: [
        { source: join(this.folder, 'agent'), target: '/agent' },
        { source: join(this.folder, 'fakes'), target: '/fakes' },
        { source: join(this.folder, 'machine'), target: '/machine', writable: true },
        { source: join(this.folder, 'log'), target: '/machine.log', writable: true },
      ],
    });
    const calls = (await readFile(this.log('calls'), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '');
    return {
      exitCode,
      stdout,
      stderr,
      calls: calls.filter((call) => !/^(sync|sha256sum|chmod) /.test(call)),
      count: calls.length,
    };
  }

  /** Gives it user data, by QEMU's fw_cfg; undefined takes it away. */
  async give(userData: string | undefined): Promise<void> {
    if (userData === undefined) await rm(this.path('/sys/firmware'), { recursive: true, force: true });
    else await this.write({ [FW_CFG]: userData });
  }

  /** A restart of the machine: what is in memory is gone, and the kernel takes its name from /etc/hostname. */
  async restart(): Promise<void> {
    await rm(this.path('/run'), { recursive: true, force: true });
    await this.write({ '/proc/sys/kernel/hostname': (await this.text('/etc/hostname')) ?? 'localhost\n' });
  }

  /** Ends qjs when it starts its n-th program; undefined: no more. */
  killAt(count: number | undefined): Promise<void> {
    return count === undefined
      ? rm(this.log('kill-at'), { force: true })
      : writeFile(this.log('kill-at'), `${count}\n`);
  }

  /** Makes programs fail whose command line contains the text. */
  fail(call: string): Promise<void> {
    return writeFile(this.log('fail'), `${call}\n`);
  }

  /** What `systemctl show` says. */
  show(text: string): Promise<void> {
    return writeFile(this.log('show'), text);
  }

  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(this.path(path)), { recursive: true });
      await writeFile(this.path(path), text);
    }
  }

  async text(path: string): Promise<string | undefined> {
    return readFile(this.path(path), 'utf8').catch(() => undefined);
  }

  async bytes(path: string): Promise<Buffer> {
    return readFile(this.path(path));
  }

  async target(path: string): Promise<string | undefined> {
    return readlink(this.path(path)).catch(() => undefined);
  }

  /** `0644 0:0`: mode and owner. */
  async mode(path: string): Promise<string | undefined> {
    const found = await lstat(this.path(path)).catch(() => undefined);
    return found && `${(found.mode & 0o7777).toString(8).padStart(4, '0')} ${found.uid}:${found.gid}`;
  }

  /** A line of /etc/passwd or another of these files. */
  async line(file: string, name: string): Promise<string | undefined> {
    return (await this.text(file))?.split('\n').find((line) => line.startsWith(`${name}:`));
  }

  /**
   * Everything below /etc and the agent's state but what differs from run to run: contents, modes, links, by path. Lock
   * files and backups of the user programs are left out.
   */
  async snapshot(): Promise<Record<string, string>> {
    const { stdout } = await this.toolbox.run(
      [
        'sh',
        '-c',
        `cd /machine && find etc run/systemd run/motd.d var -not -type d -printf '%p %m %U:%G %l\\n' 2>/dev/null | sort |
while read -r path rest; do
  case $path in *- | *.lock) continue ;; esac
  [ -L "$path" ] && sum= || sum=$(sha256sum < "$path" | cut -c1-64)
  echo "$path|$rest $sum"
done`,
      ],
      { ownRange: true, binds: [{ source: join(this.folder, 'machine'), target: '/machine' }] },
    );
    return Object.fromEntries(
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('|') as [string, string]),
    );
  }

  path(path: string): string {
    return join(this.folder, 'machine', path);
  }

  async remove(): Promise<void> {
    if (this.isMounted) execFileSync('umount', [join(this.folder, 'machine')]);
    // Files of other owners are the range's.
    await this.toolbox.run(['rm', '-rf', '/folder/machine/etc', '/folder/machine/var'], {
      ownRange: true,
      accept: ANY_EXIT_CODE,
      binds: [{ source: this.folder, target: '/folder', writable: true }],
    });
    await rm(this.folder, { recursive: true, force: true });
  }

  private log(name: string): string {
    return join(this.folder, 'log', name);
  }
}

const ANY_EXIT_CODE = Array.from({ length: 256 }, (_, code) => code);

/** Compiles the agent as an image gets it. @returns The folder, and what removes it. */
export async function compiledAgent(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-agent-bundle-'));
  await compileAgent(`${projectHome}/`, folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
