/**
 * `basalt-agent swarm join`: makes this machine a part of its swarm. Managers and workers find each other in etcd; the
 * first manager makes the swarm. Safe to run again at any time. docs/decisions/0008-swarm-join.md says why so.
 */
import type { Host } from '../host.ts';
import { EngineError, engineState, initSwarm, joinSwarm, joinTokens } from './engine.ts';
import { Rendezvous, RendezvousError } from './rendezvous.ts';
import type { SwarmSettings } from './settings.ts';

/** After it the unit fails, says why, and starts again. */
const LIMIT_MS = 60_000;
const PAUSE_MS = 3000;

export interface SwarmResult {
  readonly ok: boolean;
  readonly text: string;
}

/** Takes part in the swarm. */
export function takePart(host: Host, settings: SwarmSettings): SwarmResult {
  const startedMs = host.monotonicMs();
  for (;;) {
    const result = tryOnce(host, settings);
    if (typeof result !== 'string') return result;
    if (host.monotonicMs() - startedMs >= LIMIT_MS) return { ok: false, text: result };
    host.sleep(PAUSE_MS);
  }
}

/** A text says what to wait for. */
function tryOnce(host: Host, settings: SwarmSettings): SwarmResult | string {
  const rendezvous = new Rendezvous(host, settings);
  try {
    const engine = engineState(host);
    if (engine.state === 'active') return active(host, settings, rendezvous);
    if (engine.state === 'locked') return { ok: false, text: 'the swarm is locked: docker swarm unlock' };
    if (engine.state === 'pending' || engine.state === 'error')
      return `the engine is joining: ${engine.state} ${engine.problem}`.trim();
    const meeting = rendezvous.read();
    if (meeting.tokens !== undefined && meeting.managers.length > 0) {
      joinSwarm(host, settings.address, meeting.managers, meeting.tokens[settings.role]);
      return active(host, settings, rendezvous);
    }
    if (settings.role === 'worker') return `no manager has made the swarm ${settings.swarm} yet`;
    const maker = rendezvous.claim(machineId(host));
    if (maker !== machineId(host)) {
      return `the machine whose /etc/machine-id is ${maker} makes the swarm ${settings.swarm}, and has not yet; if it is gone for ever: etcdctl del ${rendezvous.claimKey}`;
    }
    initSwarm(host, settings.address);
    return active(host, settings, rendezvous);
  } catch (error) {
    if (error instanceof EngineError || error instanceof RendezvousError) return error.message;
    throw error;
  }
}

function active(host: Host, settings: SwarmSettings, rendezvous: Rendezvous): SwarmResult | string {
  const engine = engineState(host);
  if (engine.state !== 'active') return `the engine is ${engine.state}: ${engine.problem}`;
  if (engine.isManager)
    rendezvous.publish(joinTokens(host), engine.nodeId, engine.nodeAddress || settings.address);
  else if (settings.role === 'manager')
    return {
      ok: false,
      text: `this machine is a worker: make it a manager with docker node promote ${engine.nodeId}`,
    };
  return {
    ok: true,
    text: `this machine is a ${engine.isManager ? 'manager' : 'worker'} of the swarm ${settings.swarm}`,
  };
}

function machineId(host: Host): string {
  const id = host.readText('/etc/machine-id')?.trim() ?? '';
  if (!/^[0-9a-f]{32}$/.test(id)) throw new EngineError('/etc/machine-id has no id');
  return id;
}
