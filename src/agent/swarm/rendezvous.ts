/** Where the machines of a swarm meet: keys in etcd. Values go by stdin, so that no token is in the list of processes. */
import { etcdctl, lastLine } from '../etcd/etcdctl.ts';
import type { Host } from '../host.ts';
import type { JoinTokens } from './engine.ts';
import type { SwarmSettings } from './settings.ts';

/** etcd did not do what was asked. */
export class RendezvousError extends Error {
  override readonly name = 'RendezvousError';
}

/** What is known of a swarm. */
export interface Meeting {
  readonly tokens: JoinTokens | undefined;
  /** `ADDRESS:2377` of each manager that told its own. */
  readonly managers: readonly string[];
}

const SWARM_PORT = 2377;

export class Rendezvous {
  private readonly prefix: string;

  constructor(
    private readonly host: Host,
    private readonly settings: SwarmSettings,
  ) {
    this.prefix = `/basalt/swarm/${settings.swarm}`;
  }

  /** @throws {RendezvousError} */
  read(): Meeting {
    const lines = this.etcdctl(['get', '--prefix', `${this.prefix}/`]).split('\n');
    const values = new Map<string, string>();
    for (let at = 0; at + 1 < lines.length; at += 2) values.set(lines[at] ?? '', lines[at + 1] ?? '');
    const worker = values.get(`${this.prefix}/token/worker`);
    const manager = values.get(`${this.prefix}/token/manager`);
    const managers = [...values].filter(([key]) => key.startsWith(`${this.prefix}/manager/`));
    return {
      tokens: worker !== undefined && manager !== undefined ? { worker, manager } : undefined,
      managers: managers.map(([, address]) => address),
    };
  }

  /** Where it is written which machine makes the swarm. */
  get claimKey(): string {
    return `${this.prefix}/first`;
  }

  /**
   * Asks to make the swarm. The first that asks does, now and ever after.
   * @returns Who does: a machine's id, as it was given, by whichever machine. @throws {RendezvousError}
   */
  claim(machineId: string): string {
    const key = this.claimKey;
    // One transaction: compares, then what to do when true, then when false; each ends with an empty line.
    this.etcdctl(['txn'], `create("${key}") = "0"\n\nput ${key} ${machineId}\n\n\n`);
    return this.etcdctl(['get', '--print-value-only', key]).trim();
  }

  /** Tells the others how to join. @throws {RendezvousError} */
  publish(tokens: JoinTokens, nodeId: string, address: string): void {
    const known = this.read();
    const place = `${address.includes(':') ? `[${address}]` : address}:${SWARM_PORT}`;
    if (!known.managers.includes(place)) this.put(`manager/${nodeId}`, place);
    if (known.tokens?.worker !== tokens.worker) this.put('token/worker', tokens.worker);
    if (known.tokens?.manager !== tokens.manager) this.put('token/manager', tokens.manager);
  }

  private put(name: string, value: string): void {
    this.etcdctl(['put', `${this.prefix}/${name}`], value);
  }

  private etcdctl(command: readonly string[], input?: string): string {
    const { endpoints, tls } = this.settings;
    const done = etcdctl(
      this.host,
      { clientTls: tls },
      endpoints,
      command,
      input === undefined ? {} : { input },
    );
    if (done.exitCode === 0) return done.stdout;
    throw new RendezvousError(`etcd at ${endpoints.join(', ')}: ${lastLine(done.stderr) || 'no answer'}`);
  }
}
