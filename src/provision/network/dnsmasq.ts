/** dnsmasq as a process that is watched: it is started again when it dies, and ends when the server does, however that ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from '../../exec/run.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Programs } from '../programs.ts';
import { TFTP_ROOT } from './dnsmasq-configuration.ts';

/** What dnsmasq needs as root (dnsmasq(8), NOTES): raw sockets, low ports, ARP; and to become nobody. */
const CAPABILITIES = [
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETUID',
  'CAP_SETGID',
] as const;
const CONFIGURATION = '/dnsmasq.conf';
const LIBRARIES = '/programs/usr/lib/x86_64-linux-gnu';
/** Between two starts; doubled each time, up to the greatest, and forgotten after it ran for long enough. */
const FIRST_PAUSE_MS = 500;
const GREATEST_PAUSE_MS = 30_000;
const LONG_ENOUGH_MS = 60_000;
const KEPT_LINES = 5;

export interface DnsmasqOptions {
  readonly toolbox: Toolbox;
  readonly programs: Programs;
  /** File with the configuration. */
  readonly configuration: string;
  readonly onLine: (line: string) => void;
  readonly onTrouble: (text: string) => void;
}

/** The sandboxed command line. Pure. */
function dnsmasqCommand({ toolbox, programs, configuration }: DnsmasqOptions): Command {
  return toolbox.commandLine(['/programs/usr/sbin/dnsmasq', `--conf-file=${CONFIGURATION}`], {
    network: true,
    capabilities: CAPABILITIES,
    binds: [
      { source: programs.root, target: '/programs' },
      { source: programs.ipxe, target: TFTP_ROOT },
      { source: configuration, target: CONFIGURATION },
    ],
    env: { LD_LIBRARY_PATH: LIBRARIES },
  });
}

export class Dnsmasq {
  private readonly end = new AbortController();
  private child: ChildProcess | undefined;
  private watching: Promise<void> | undefined;

  constructor(private readonly options: DnsmasqOptions) {}

  start(): void {
    this.watching ??= this.watch();
  }

  async stop(): Promise<void> {
    this.end.abort();
    // Its sandbox ends with it; it keeps nothing.
    this.child?.kill('SIGKILL');
    await this.watching;
  }

  private async watch(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.end.signal.aborted) {
      const startedAt = performance.now();
      const said = await this.runOnce();
      if (this.end.signal.aborted) return;
      if (performance.now() - startedAt > LONG_ENOUGH_MS) pauseMs = FIRST_PAUSE_MS;
      this.options.onTrouble(
        `dnsmasq ended (${said}): machines get no DHCP and no TFTP; starting it again in ${pauseMs / 1000} s`,
      );
      await pause(pauseMs, undefined, { signal: this.end.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, GREATEST_PAUSE_MS);
    }
  }

  /** @returns How it ended, with its last words. */
  private runOnce(): Promise<string> {
    const [program, ...args] = dnsmasqCommand(this.options);
    const last: string[] = [];
    return new Promise((resolve) => {
      const child = spawn(program, args, {
        // A session of its own: Ctrl-C in the terminal is for the server, which then ends it.
        detached: true,
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      this.child = child;
      createInterface({ input: child.stderr }).on('line', (line) => {
        last.push(line.replace(/^dnsmasq(-\w+)?(\[\d+\])?: /, '').trim());
        if (last.length > KEPT_LINES) last.shift();
        this.options.onLine(line);
      });
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => {
        this.child = undefined;
        const how = code === null ? `by ${signal}` : `exit code ${code}`;
        const words = last
          .filter((line) => /fail|cannot|bad|unknown|error|illegal|address already/i.test(line))
          .at(-1);
        resolve(words === undefined ? how : `${how}: ${words}`);
      });
    });
  }
}

/**
 * The card that a line of dnsmasq's log is about, such as `dnsmasq-dhcp: 12 PXE(eno2) 52:54:00:12:34:56 proxy`; only cards
 * that boot from the network, not every client of DHCP.
 */
export function bootingCard(line: string): string | undefined {
  return /^dnsmasq-dhcp[^ ]*: (?:\d+ )?PXE\(\S+\) (?:\S+ )?((?:[0-9a-f]{2}:){5}[0-9a-f]{2}) /.exec(line)?.[1];
}
