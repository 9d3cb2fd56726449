/** Two hosts of a test's own: network namespaces with a cable between them. Nothing of the machine's networks is in them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Toolbox } from '../../../src/tools/toolbox.ts';

export const SERVER_ADDRESS = '10.77.0.1';
export const CLIENT_ADDRESS = '10.77.0.50';

/** One host. */
export interface Host {
  /** The identity of its namespace. */
  readonly namespace: string;
  /** A command that runs the one given to it on this host. */
  readonly wrapper: readonly string[];
  run(...command: readonly string[]): Promise<string>;
}

export interface Networks {
  /** Its interface is `basalt0`, with {@link SERVER_ADDRESS}. */
  readonly server: Host;
  /** Its interface is `boot0`, with {@link CLIENT_ADDRESS}. */
  readonly client: Host;
  remove(): Promise<void>;
}

/** Makes both hosts. They end with the test's process. */
export async function makeNetworks(toolbox: Toolbox): Promise<Networks> {
  const holders = [await hold(), await hold()] as const;
  // A static program, which runs without its tree.
  const busybox = join(toolbox.root, 'usr/bin/busybox');
  const [server, client] = await Promise.all([hostOf(holders[0].pid ?? 0), hostOf(holders[1].pid ?? 0)]);
  const ip = (host: Host, ...args: readonly string[]) => host.run(busybox, 'ip', ...args);
  // busybox cannot name the other end: the kernel calls it veth0.
  await ip(server, 'link', 'add', 'basalt0', 'type', 'veth');
  await ip(server, 'link', 'set', 'veth0', 'name', 'boot0');
  await ip(server, 'link', 'set', 'boot0', 'netns', String(holders[1].pid));
  for (const [host, name, address] of [
    [server, 'basalt0', SERVER_ADDRESS],
    [client, 'boot0', CLIENT_ADDRESS],
  ] as const) {
    await ip(host, 'link', 'set', 'lo', 'up');
    await ip(host, 'address', 'add', `${address}/24`, 'dev', name);
    await ip(host, 'link', 'set', name, 'up');
  }
  // Where a broadcast to everybody goes.
  await ip(client, 'route', 'add', 'default', 'dev', 'boot0');
  return {
    server,
    client,
    async remove() {
      for (const holder of holders) {
        const gone = once(holder, 'exit');
        holder.kill('SIGKILL');
        await gone;
      }
    },
  };
}

/** A process that keeps a namespace; it ends when the test does, for its stdin closes then. */
async function hold(): Promise<ChildProcess> {
  const child = spawn('unshare', ['--net', '--', 'sh', '-c', 'echo ready; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout ?? child, 'data');
  return child;
}

async function hostOf(pid: number): Promise<Host> {
  const wrapper = ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
  return {
    namespace: await readlink(`/proc/${pid}/ns/net`),
    wrapper,
    async run(...command) {
      const [program = '', ...args] = [...wrapper, ...command];
      return (await execa(program, args, { stdin: 'ignore' })).stdout;
    },
  };
}

/** The processes of a program on a host, by the start of their command line. */
export async function processesOn(host: Host, program: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [line, namespace] = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''),
        readlink(`/proc/${pid}/ns/net`).catch(() => ''),
      ]);
      return namespace === host.namespace && line.split('\0')[0] === program ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
