/**
 * A semaphore in etcd: at most so many machines of a group are down at once.
 *
 * Who holds a place is written in one key without a lease, which changes only by compare-and-swap: a machine that dies
 * while it restarts keeps its place, and the others stay up, until it is back or a person gives the place back. Beside
 * it, each holder has a key with a lease, renewed while the machine is up: when it is gone, the holder has not been heard
 * of.
 *
 *     /basalt/reboot/GROUP/holders    {"holders":[{"id":…,"name":…,"since":…}]}
 *     /basalt/reboot/GROUP/alive/ID   when it was heard of, with a lease
 */

import type { Host } from '../host.ts';
import { type EtcdAccess, EtcdGateway } from './etcd-gateway.ts';
import { LockError } from './lock-error.ts';

/** A machine, as others see it. */
export interface LockIdentity {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Its host name, for people. */
  readonly name: string;
}

/** A machine that holds a place. */
export interface Holder extends LockIdentity {
  /** ISO 8601, by its own clock. */
  readonly since: string;
  /** When it was heard of, by its own clock; undefined: not for {@link ALIVE_SECONDS}. */
  readonly heard: string | undefined;
}

export interface EtcdLockSettings extends EtcdAccess {
  readonly group: string;
  /** How many places there are. */
  readonly maximum: number;
}

export type Acquired =
  /** `again`: it had the place already. */
  | { readonly got: true; readonly again: boolean }
  | { readonly got: false; readonly holders: readonly Holder[] };

/** A holder that is not heard of for so long is shown as such: longer than a restart takes. */
export const ALIVE_SECONDS = 900;
/** Each time, one of those that try succeeds. */
const ATTEMPTS = 20;

/** What etcd keeps of a holder. */
type Place = Omit<Holder, 'heard'>;

export class EtcdLock {
  private readonly etcd: EtcdGateway;
  private readonly prefix: string;

  constructor(
    private readonly host: Host,
    private readonly settings: EtcdLockSettings,
  ) {
    this.etcd = new EtcdGateway(host, settings);
    this.prefix = `/basalt/reboot/${settings.group}`;
  }

  /** Takes a place, if one is free; a holder has it already. @throws {LockError} */
  acquire(me: LockIdentity): Acquired {
    let again = false;
    const changed = this.change((holders) => {
      again = holders.some(({ id }) => id === me.id);
      if (again || holders.length >= this.settings.maximum) return undefined;
      return [...holders, { ...me, since: this.now() }];
    });
    if (!changed && !again) return { got: false, holders: this.holders() };
    this.renew(me);
    return { got: true, again };
  }

  /** Says that this machine is there. @throws {LockError} */
  renew({ id }: LockIdentity): void {
    this.etcd.putFor(this.aliveKey(id), this.now(), ALIVE_SECONDS);
  }

  /** Gives a place back. @returns Whether that machine had one. @throws {LockError} */
  release(id: string): boolean {
    return this.change(
      (holders) =>
        holders.some((holder) => holder.id === id) ? holders.filter((holder) => holder.id !== id) : undefined,
      [{ remove: this.aliveKey(id) }],
    );
  }

  /** Who holds a place, the one that has it longest first. @throws {LockError} */
  holders(): Holder[] {
    const { holders } = this.read();
    if (holders.length === 0) return [];
    const alive = new Map(this.etcd.list(this.aliveKey('')).map(({ key, value }) => [key, value]));
    return holders.map((holder) => ({ ...holder, heard: alive.get(this.aliveKey(holder.id)) }));
  }

  /**
   * @param next The holders to be; undefined: nothing is to be changed.
   * @returns Whether something was changed.
   */
  private change(
    next: (holders: readonly Place[]) => readonly Place[] | undefined,
    more: Parameters<EtcdGateway['changeIf']>[2] = [],
  ): boolean {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { holders, modRevision } = this.read();
      const wanted = next(holders);
      if (wanted === undefined) return false;
      const value = JSON.stringify({ holders: wanted });
      if (this.etcd.changeIf(this.key(), modRevision, [{ put: this.key(), value }, ...more])) return true;
      // Half of it is chance: those that met do not meet again.
      this.host.sleep(Math.round((0.5 + Math.random()) * 20 * (attempt + 1)));
    }
    throw new LockError(`others change the lock ${this.settings.group} all the time`);
  }

  private read(): { readonly holders: readonly Place[]; readonly modRevision: string } {
    const found = this.etcd.get(this.key());
    if (found === undefined) return { holders: [], modRevision: '0' };
    const holders = parseHolders(found.value);
    if (holders === undefined)
      throw new LockError(
        `the key ${this.key()} of etcd holds no list of machines: look at it, then remove it with etcdctl del ${this.key()}`,
      );
    return { holders, modRevision: found.modRevision };
  }

  private key(): string {
    return `${this.prefix}/holders`;
  }

  private aliveKey(id: string): string {
    return `${this.prefix}/alive/${id}`;
  }

  private now(): string {
    return new Date(this.host.nowMs()).toISOString();
  }
}

/** @returns Undefined when it is no list of holders. Pure. */
export function parseHolders(text: string): readonly Place[] | undefined {
  let value: { holders?: unknown };
  try {
    value = JSON.parse(text) as { holders?: unknown };
  } catch {
    return undefined;
  }
  const list = value?.holders;
  if (!Array.isArray(list)) return undefined;
  const holders = list.map((each: Record<string, unknown> | null) => ({
    id: each?.id,
    name: each?.name,
    since: each?.since,
  }));
  return holders.every((each): each is Place =>
    [each.id, each.name, each.since].every((field) => typeof field === 'string'),
  )
    ? holders
    : undefined;
}
