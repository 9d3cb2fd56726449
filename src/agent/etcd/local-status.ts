/** The local member's status, which every member tells at any time. */
import type { Host } from '../host.ts';
import { etcdctl } from './etcdctl.ts';
import type { EtcdSettings } from './settings.ts';

export interface LocalStatus {
  /** In hexadecimal, as in the list of members. */
  readonly id: string;
  readonly isLearner: boolean;
  readonly isLeader: boolean;
  readonly sizeBytes: number;
  /** What is in use of it: the rest is given back by defragmentation. */
  readonly usedBytes: number;
}

/** @returns Undefined when it does not answer. */
export function localStatus(host: Host, settings: EtcdSettings): LocalStatus | undefined {
  const { exitCode, stdout } = etcdctl(
    host,
    settings,
    [settings.localEndpoint],
    ['endpoint', 'status', '--write-out=json'],
  );
  if (exitCode !== 0) return undefined;
  // Ids are 64-bit numbers, which JSON.parse rounds: compared as they are written.
  const number = (name: string) => new RegExp(`"${name}":(\\d+)`).exec(stdout)?.[1];
  return {
    id: BigInt(number('member_id') ?? 0).toString(16),
    isLearner: /"isLearner":true/.test(stdout),
    isLeader: number('leader') !== undefined && number('leader') === number('member_id'),
    sizeBytes: Number(number('dbSize') ?? 0),
    usedBytes: Number(number('dbSizeInUse') ?? 0),
  };
}

/** Whether the local member is known to be a learner. */
export function isLearner(host: Host, settings: EtcdSettings): boolean {
  return localStatus(host, settings)?.isLearner ?? false;
}
