/**
 * A made-up machine for commands of the real agent under the real QuickJS, which look at a machine and ask others: a root
 * folder, the tools tree's own curl and sh, and stand-ins for what belongs to a running system.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Bind } from '../../src/exec/sandbox.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';

export interface LoneRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LonePlace {
  readonly toolbox: Toolbox;
  /** Folder with the compiled agent. */
  readonly agent: string;
  /** Folders that the machine sees. */
  readonly binds?: readonly Bind[];
}

/** Each call is written down. Scripts by name; one that is not here does nothing and succeeds. */
const RECORD =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  '#!/bin/sh\necho "${0##*/} $*" >> /log/calls\n[ -e "/fakes/${0##*/}.sh" ] || exit 0\n. "/fakes/${0##*/}.sh"\n';
const PROGRAMS = ['systemctl', 'systemd-id128', 'who', 'wall', 'journalctl', 'etcdctl'];

export class LoneMachine {
  private constructor(
    private readonly place: LonePlace,
    readonly name: string,
    private readonly folder: string,
  ) {}

  /** @param name Its host name. Its id is made from it. */
  static async make(place: LonePlace, name: string): Promise<LoneMachine> {
    const machine = new LoneMachine(place, name, await mkdtemp(join(tmpdir(), `basalt-lone-${name}-`)));
    for (const folder of ['machine/run', 'fakes', 'log'])
      await mkdir(join(machine.folder, folder), { recursive: true });
    await machine.write({
      '/proc/sys/kernel/hostname': `${name}\n`,
      '/proc/sys/kernel/random/boot_id': 'boot-1\n',
      '/proc/uptime': '100.00 90.00\n',
      '/usr/lib/os-release': 'IMAGE_ID=qemu\nIMAGE_VERSION="2.0"\n',
    });
    for (const program of PROGRAMS) {
      await writeFile(join(machine.folder, 'fakes', program), RECORD);
      await chmod(join(machine.folder, 'fakes', program), 0o755);
    }
    await machine.fake('systemd-id128', `echo ${machine.id}`);
    return machine;
  }

  /** 32 hexadecimal digits. */
  get id(): string {
    return Buffer.from(this.name.padEnd(16, '.')).toString('hex').slice(0, 32);
  }

  /** What a program does, in sh. */
  async fake(program: string, script: string): Promise<void> {
    await writeFile(join(this.folder, 'fakes', `${program}.sh`), `${script}\n`);
  }

  async write(files: Readonly<Record<string, string>>, mode = 0o644): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(this.path(path)), { recursive: true });
      await writeFile(this.path(path), text);
      await chmod(this.path(path), mode);
    }
  }

  /** Lines of /etc/basalt/update.conf. */
  settings(values: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(values).map(([name, value]) => `${name}="${value}"\n`);
    return this.write({ '/etc/basalt/update.conf': lines.join('') });
  }

  /** What is in memory is gone, and the boot has another id. */
  async restart(id = 'boot-2'): Promise<void> {
    await rm(this.path('/run'), { recursive: true, force: true });
    await mkdir(this.path('/run'));
    await this.write({ '/proc/sys/kernel/random/boot_id': `${id}\n` });
  }

  async agent(...command: readonly string[]): Promise<LoneRun> {
    return this.run(['qjs', '/agent/main.js', ...command]);
  }

  /** Runs a program where the agent would. */
  async run(command: readonly [string, ...string[]], binds: readonly Bind[] = []): Promise<LoneRun> {
    const { toolbox, agent, binds: more = [] } = this.place;
    const { exitCode, stdout, stderr } = await toolbox.run(command, {
      network: true,
      accept: Array.from({ length: 256 }, (_, code) => code),
      env: { PATH: '/fakes:/usr/sbin:/usr/bin', BASALT_AGENT_ROOT: '/machine' },
      binds: [
        { source: agent, target: '/agent' },
        { source: join(this.folder, 'fakes'), target: '/fakes' },
        { source: join(this.folder, 'machine'), target: '/machine', writable: true },
        { source: join(this.folder, 'log'), target: '/log', writable: true },
        ...more,
        ...binds,
      ],
    });
    return { exitCode, stdout, stderr };
  }

  /** Calls of the stand-ins since the last time. */
  async calls(): Promise<string[]> {
    const file = join(this.folder, 'log/calls');
    const text = await readFile(file, 'utf8').catch(() => '');
    await rm(file, { force: true });
    return text.split('\n').filter((line) => line !== '');
  }

  text(path: string): Promise<string | undefined> {
    return readFile(this.path(path), 'utf8').catch(() => undefined);
  }

  path(path: string): string {
    return join(this.folder, 'machine', path);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
