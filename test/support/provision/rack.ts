/**
 * A rack's network for one machine of QEMU: a switch, the server's cable, the machine's tap, and a host with a DHCP server that
 * knows nothing of Basalt. All in namespaces of the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../../../src/exec/run.ts';
import type { SandboxSpec } from '../../../src/exec/sandbox.ts';
import { Toolbox } from '../../../src/tools/toolbox.ts';
import { CLIENT_ADDRESS, type Host, makeNetworks, type Networks } from './networks.ts';

/** The tap that the machine's card is. */
export const MACHINE_TAP = 'machine0';
const SWITCH = 'switch0';

/** The tools tree, whose programs run on a host of the test. */
class ToolboxOnHost extends Toolbox {
  constructor(
    toolbox: Toolbox,
    private readonly host: Host,
  ) {
    super(toolbox.root, toolbox.packages, toolbox.identity);
  }

  override commandLine(command: Command, sandbox?: Omit<SandboxSpec, 'root'>): Command {
    const [program = '', ...args] = [...this.host.wrapper, ...super.commandLine(command, sandbox)];
    return [program, ...args];
  }
}

export class Rack {
  private readonly children: ChildProcess[] = [];

  private constructor(
    private readonly networks: Networks,
    /** What starts machines whose card is {@link MACHINE_TAP}. */
    readonly toolbox: Toolbox,
  ) {}

  static async make(toolbox: Toolbox): Promise<Rack> {
    const networks = await makeNetworks(toolbox);
    const { client } = networks;
    const busybox = join(toolbox.root, 'usr/bin/busybox');
    const run = (...command: readonly string[]) => client.run(busybox, ...command);
    await run('brctl', 'addbr', SWITCH);
    await run('tunctl', '-t', MACHINE_TAP);
    for (const port of ['boot0', MACHINE_TAP]) await run('brctl', 'addif', SWITCH, port);
    await run('ip', 'address', 'del', `${CLIENT_ADDRESS}/24`, 'dev', 'boot0');
    await run('ip', 'address', 'add', `${CLIENT_ADDRESS}/24`, 'dev', SWITCH);
    for (const link of [MACHINE_TAP, SWITCH]) await run('ip', 'link', 'set', link, 'up');
    return new Rack(networks, new ToolboxOnHost(toolbox, client));
  }

  /** Where `basalt serve` is. */
  get server(): Host {
    return this.networks.server;
  }

  /**
   * The rack's own DHCP server, on the host at {@link CLIENT_ADDRESS}: addresses, and what else its configuration says.
   * @param more Further lines of udhcpd.conf.
   */
  async startDhcp(folder: string, more: readonly string[] = []): Promise<void> {
    const configuration = join(folder, 'udhcpd.conf');
    const leases = join(folder, 'udhcpd.leases');
    await writeFile(leases, '');
    await writeFile(
      configuration,
      [
        'start 10.77.0.100',
        'end 10.77.0.120',
        `interface ${SWITCH}`,
        `lease_file ${leases}`,
        `pidfile ${join(folder, 'udhcpd.pid')}`,
        'option subnet 255.255.255.0',
        `option router ${CLIENT_ADDRESS}`,
        'option lease 3600',
        ...more,
        '',
      ].join('\n'),
    );
    await this.start(folder, 'udhcpd', '-f', configuration);
  }

  /** A web server on the same host, port 80. */
  serveFolder(folder: string): Promise<void> {
    return this.start(folder, 'httpd', '-f', '-p', `${CLIENT_ADDRESS}:80`, '-h', folder);
  }

  /** Ends what was started on that host. */
  async stop(): Promise<void> {
    for (const child of this.children.splice(0)) {
      const gone = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await gone;
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.networks.remove();
  }

  /** In the sandbox, with which it ends when the test is killed. */
  private async start(folder: string, ...command: readonly string[]): Promise<void> {
    const [program, ...args] = this.toolbox.commandLine(['busybox', ...command], {
      network: true,
      binds: [{ source: folder, writable: true }],
    });
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await once(child, 'spawn');
    this.children.push(child);
  }
}
