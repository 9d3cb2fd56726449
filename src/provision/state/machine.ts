/** A machine as the server knows it. */
import type { QueryResult } from 'node-sqlite3-wasm';
import type { MachineFacts } from '../machines/facts.ts';
import { type Stage, stages } from './stage.ts';

export interface KnownMachine {
  /** The first MAC it was seen with: twelve hexadecimal digits, and some of the UUID where the card came from another machine. */
  readonly id: string;
  readonly macs: readonly string[];
  readonly uuid: string | undefined;
  readonly serviceTag: string | undefined;
  readonly vendor: string | undefined;
  readonly model: string | undefined;
  /** Name of its entry of machines.yaml, as of its last question. */
  readonly profile: string | undefined;
  readonly image: string | undefined;
  readonly version: string | undefined;
  readonly stage: Stage;
  /** 0 to 100. */
  readonly percent: number | undefined;
  readonly runningVersion: string | undefined;
  readonly lastError: string | undefined;
  /** Whether its next question is answered with an installation. */
  readonly armed: boolean;
  /** Installations that were begun since it was armed. */
  readonly attempts: number;
  /** The address of its last question. */
  readonly address: string | undefined;
  /** In ms since 1970. */
  readonly seenAt: number;
  /** When its stage changed, in ms since 1970. */
  readonly changedAt: number;
}

/** From a row of the table `machine`, with its MACs as text. */
export function machineOf(row: QueryResult): KnownMachine {
  const text = (name: string) => (typeof row[name] === 'string' ? row[name] : undefined);
  const stage = stages.find((each) => each === row.stage);
  return {
    id: text('id') ?? '',
    macs: (text('macs') ?? '')
      .split(' ')
      .filter((mac) => mac !== '')
      .sort(),
    uuid: text('uuid'),
    serviceTag: text('service_tag'),
    vendor: text('vendor'),
    model: text('model'),
    profile: text('profile'),
    image: text('image'),
    version: text('version'),
    stage: stage ?? 'seen',
    percent: row.percent === null ? undefined : Number(row.percent),
    runningVersion: text('running_version'),
    lastError: text('last_error'),
    armed: row.armed === 1,
    attempts: Number(row.attempts),
    address: text('address'),
    seenAt: Number(row.seen_at),
    changedAt: Number(row.changed_at),
  };
}

/** What it is known by. Its MAC is the first that was seen, with whatever card it starts. */
export function knownFacts({ id, uuid, serviceTag, vendor, model }: KnownMachine): MachineFacts {
  const mac = id.slice(0, 12).replace(/(..)(?=.)/g, '$1:');
  return { mac, uuid, serviceTag, vendor, model };
}
