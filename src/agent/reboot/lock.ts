/** The lock that the settings name: a place in etcd or at a FleetLock server, or none. */
import { readEtcdSettings } from '../etcd/settings.ts';
import type { Host } from '../host.ts';
import { machineIdFor, machineName } from '../machine/identity.ts';
import type { LockSettings, UpdateSettings } from '../update/settings.ts';
import { ALIVE_SECONDS, EtcdLock, type Holder, type LockIdentity } from './etcd-lock.ts';
import { type FleetLockClient, preReboot, steadyState } from './fleet-lock.ts';
import { LockError } from './lock-error.ts';

/** What a machine asks of a lock. Everything throws {@link LockError} when the lock cannot be asked. */
export interface RebootLock {
  /** For people: `the lock web in etcd`. */
  readonly name: string;
  /** @returns Undefined when this machine has a place; else who has them. */
  acquire(): string | undefined;
  /** Gives this machine's place back, if it has one. */
  release(): void;
  /** Says that this machine is there. */
  renew(): void;
}

/** Of this system, for ids that are told to others: made once, with systemd-id128 new. */
const PURPOSE = '5b0f4d9e1c7a4e0f8f6d2a93c1b7e485';

/** This machine, as other machines see it. @throws {HostError} when it has no id. */
export function lockIdentity(host: Host): LockIdentity {
  return { id: machineIdFor(host, PURPOSE), name: machineName(host) };
}

/** @returns Undefined when no lock is asked for. @throws {HostError} when the machine has no id. */
export function rebootLock(host: Host, settings: UpdateSettings): RebootLock | undefined {
  switch (settings.strategy) {
    case 'etcd-lock':
      return inEtcd(host, settings);
    case 'fleet-lock':
      return atFleetLock(host, settings);
    case 'reboot':
    case 'off':
      return undefined;
  }
}

/** The semaphore in etcd that the settings name, whatever the strategy is. */
export function etcdLock(host: Host, { lock }: Pick<UpdateSettings, 'lock'>): EtcdLock {
  return new EtcdLock(host, { ...lock, ...access(host, lock) });
}

/** `node2 since 2026-11-22T12:00:00.000Z`, with what is not known of it. */
export function holderText({ name, since, heard }: Holder): string {
  return `${name} since ${since}${heard === undefined ? `, not heard of for ${ALIVE_SECONDS / 60} minutes or more` : ''}`;
}

function inEtcd(host: Host, settings: UpdateSettings): RebootLock {
  const lock = etcdLock(host, settings);
  const me = lockIdentity(host);
  return {
    name: `the lock ${settings.lock.group} in etcd`,
    acquire: () => {
      const result = lock.acquire(me);
      return result.got
        ? undefined
        : `held by ${result.holders.map(holderText).join('; ') || 'another machine'}`;
    },
    release: () => void lock.release(me.id),
    renew: () => lock.renew(me),
  };
}

function atFleetLock(host: Host, { fleetLock }: UpdateSettings): RebootLock {
  if (fleetLock === undefined) throw new LockError('FLEET_LOCK_URL is not set');
  const { url, group } = fleetLock;
  const client: FleetLockClient = { url, group, id: fleetLock.id ?? lockIdentity(host).id };
  return {
    name: `the FleetLock group ${group}`,
    acquire: () => preReboot(host, client),
    release: () => {
      const words = steadyState(host, client);
      if (words !== undefined) throw new LockError(`the FleetLock server keeps the place: ${words}`);
    },
    // The protocol has nothing for it.
    renew: () => undefined,
  };
}

/** What is not set is as for this machine's own etcd. */
function access(host: Host, { endpoints, ca, cert, key, username }: LockSettings) {
  if (endpoints.length > 0 && ca !== undefined) return { endpoints, tls: { ca, cert, key } };
  const own = readEtcdSettings(host);
  return {
    endpoints: endpoints.length > 0 ? endpoints : [own.localEndpoint],
    tls: {
      ca: ca ?? own.clientTls.trustedCa,
      // etcd takes a user, or a certificate that has a common name; not both.
      cert: cert ?? (username === undefined ? own.clientTls.certificate : undefined),
      key: key ?? (username === undefined ? own.clientTls.key : undefined),
    },
  };
}
