/**
 * An etcd cluster of processes, without machines: the image's etcd, started as its unit does, with the real agent under
 * the real QuickJS before it. Each member has folders of its own in the place of /var/lib/etcd, /var/lib/basalt and
 * /run/basalt, and an address of its own on the loopback.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { parseEnvironmentFile } from '../../src/agent/etcd/environment.ts';
import { parseMemberList } from '../../src/agent/etcd/member.ts';
import type { Bind } from '../../src/exec/sandbox.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';

/** What a program said, and how it ended. */
export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ClusterPlace {
  readonly toolbox: Toolbox;
  /** Gets everything that the cluster makes. */
  readonly folder: string;
  /** Folder with etcd, etcdctl and etcdutl. */
  readonly programs: string;
  /** Folder with the compiled agent. */
  readonly agent: string;
  /** What config pki made, with a folder for each member. */
  readonly pki: string;
}

/** Programs that come from images. */
const ETCD_PROGRAMS = ['etcd', 'etcdctl', 'etcdutl'] as const;

/** Takes etcd out of an image's root. */
export async function extractEtcd(toolbox: Toolbox, image: string, folder: string): Promise<void> {
  const script =
    'for name in "$@"; do unsquashfs -cat /in/root usr/bin/$name > /out/$name; chmod +x /out/$name; done';
  // The agent calls itself under etcdctl.
  await writeFile(join(folder, 'basalt-agent'), '#!/bin/sh\nexec qjs /agent/main.js "$@"\n', { mode: 0o755 });
  await toolbox.run(['sh', '-euc', script, 'sh', ...ETCD_PROGRAMS], {
    binds: [
      { source: image, target: '/in/root' },
      { source: folder, target: '/out', writable: true },
    ],
  });
}

export class EtcdMember {
  private process: ChildProcess | undefined;

  constructor(
    private readonly place: ClusterPlace,
    readonly name: string,
    readonly address: string,
    /** Names and addresses of the first cluster. */
    private readonly initial: readonly (readonly [name: string, address: string])[],
    /** Settings besides, such as BASALT_ETCD_JOIN. */
    private readonly more: Readonly<Record<string, string>> = {},
  ) {}

  get peerUrl(): string {
    return `https://${this.address}:2380`;
  }

  get clientUrl(): string {
    return `https://${this.address}:2379`;
  }

  /** `basalt-agent etcd ...`, with the environment that etcd's unit has. */
  async agent(...args: readonly string[]): Promise<Ended> {
    await this.folders();
    return runIn(this.place, ['qjs', '/agent/main.js', 'etcd', ...args], this.environment(), this.binds());
  }

  /** What the unit does: the agent, then etcd with the file that the agent wrote. @throws {Error} when the agent fails. */
  async start(): Promise<string> {
    const joined = await this.agent('join');
    if (joined.exitCode !== 0) throw new Error(`${this.name} cannot join: ${joined.stderr}`);
    await this.startEtcd();
    return joined.stderr;
  }

  async startEtcd(): Promise<void> {
    const written = await readFile(join(this.folder('run'), 'etcd-join.env'), 'utf8').catch(() => '');
    const env = { ...this.environment(), ...Object.fromEntries(parseEnvironmentFile(written)) };
    const [program, ...args] = commandIn(this.place, ['/etcd/etcd'], env, this.binds());
    const log = createWriteStream(join(this.place.folder, `${this.name}.log`), { flags: 'a' });
    this.process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.pipe(log);
    this.process.stderr?.pipe(log);
  }

  /** The end of power: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (process === undefined || process.exitCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  /** A new disk. */
  async wipe(): Promise<void> {
    for (const name of ['etcd', 'basalt', 'run'] as const)
      await rm(this.folder(name), { recursive: true, force: true });
  }

  folder(name: 'etcd' | 'basalt' | 'run'): string {
    return join(this.place.folder, this.name, name);
  }

  private async folders(): Promise<void> {
    for (const name of ['etcd', 'basalt', 'run'] as const)
      await mkdir(this.folder(name), { recursive: true });
  }

  private binds(): Bind[] {
    return [
      { source: this.folder('etcd'), target: '/var/lib/etcd', writable: true },
      { source: this.folder('basalt'), target: '/var/lib/basalt', writable: true },
      { source: this.folder('run'), target: '/run/basalt', writable: true },
      { source: join(this.place.pki, this.name), target: '/tls' },
    ];
  }

  private environment(): Record<string, string> {
    return {
      ETCD_NAME: this.name,
      ETCD_DATA_DIR: '/var/lib/etcd/default',
      ETCD_LISTEN_PEER_URLS: this.peerUrl,
      ETCD_INITIAL_ADVERTISE_PEER_URLS: this.peerUrl,
      ETCD_LISTEN_CLIENT_URLS: this.clientUrl,
      ETCD_ADVERTISE_CLIENT_URLS: this.clientUrl,
      ...(this.initial.length === 0
        ? { ETCD_INITIAL_CLUSTER_STATE: 'existing' }
        : {
            ETCD_INITIAL_CLUSTER: this.initial
              .map(([name, address]) => `${name}=https://${address}:2380`)
              .join(','),
            ETCD_INITIAL_CLUSTER_STATE: 'new',
          }),
      ETCD_TRUSTED_CA_FILE: '/tls/ca.crt',
      ETCD_CERT_FILE: '/tls/server.crt',
      ETCD_KEY_FILE: '/tls/server.key',
      ETCD_CLIENT_CERT_AUTH: 'true',
      ETCD_PEER_TRUSTED_CA_FILE: '/tls/peer-ca.crt',
      ETCD_PEER_CERT_FILE: '/tls/peer.crt',
      ETCD_PEER_KEY_FILE: '/tls/peer.key',
      ETCD_PEER_CLIENT_CERT_AUTH: 'true',
      ETCD_LOG_LEVEL: 'warn',
      ...this.more,
    };
  }
}

/** A client with the operator's certificate. */
export class EtcdClient {
  constructor(
    private readonly place: ClusterPlace,
    private readonly endpoints: readonly string[],
  ) {}

  etcdctl(...args: readonly string[]): Promise<Ended> {
    return runIn(
      this.place,
      [
        'etcdctl',
        `--endpoints=${this.endpoints.join(',')}`,
        ...['--cacert=/tls/ca.crt', '--cert=/tls/client.crt', '--key=/tls/client.key'],
        ...['--dial-timeout=2s', '--command-timeout=5s'],
        ...args,
      ],
      {},
      [{ source: join(this.place.pki, 'client'), target: '/tls' }],
    );
  }

  async members() {
    return parseMemberList((await this.etcdctl('member', 'list')).stdout);
  }

  /** @throws {Error} when it does not come true in time. */
  async until(what: string, is: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (await is()) return;
      await pause(300);
    }
    throw new Error(`not within ${timeoutMs} ms: ${what}`);
  }

  async isHealthy(): Promise<boolean> {
    return (await this.etcdctl('endpoint', 'health')).exitCode === 0;
  }
}

/** Writes keys one after another, and remembers which writes were acknowledged. */
export class Writer {
  readonly acknowledged: string[] = [];
  private running = true;
  private readonly done: Promise<void>;

  constructor(client: EtcdClient) {
    this.done = this.write(client);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private async write(client: EtcdClient): Promise<void> {
    for (let number = 0; this.running; number++) {
      const key = `write/${String(number).padStart(6, '0')}`;
      const { exitCode } = await client.etcdctl('put', key, `value of ${key}`);
      if (exitCode === 0) this.acknowledged.push(key);
    }
  }
}

function commandIn(
  { toolbox, programs, agent }: ClusterPlace,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  binds: readonly Bind[],
) {
  return toolbox.commandLine(command, {
    network: true,
    tmpfs: ['/var/lib'],
    env: { ...env, PATH: '/etcd:/usr/sbin:/usr/bin' },
    binds: [{ source: programs, target: '/etcd' }, { source: agent, target: '/agent' }, ...binds],
  });
}

async function runIn(
  place: ClusterPlace,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  binds: readonly Bind[],
): Promise<Ended> {
  const [program, ...args] = commandIn(place, command, env, binds);
  const { exitCode, stdout, stderr } = await execa(program, args, { reject: false, stdin: 'ignore' });
  return { exitCode, stdout, stderr };
}
