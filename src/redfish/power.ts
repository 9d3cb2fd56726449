/**
 * Power: on, off, off and on again. Gracefully first, since an operating system may be writing; what is asked for is true
 * only when the BMC says so afterwards, which it does late.
 */
import { UserError } from '../errors.ts';
import { type Bmc, readSystem } from './bmc.ts';
import type { Resource } from './client.ts';
import { nonsense, tooLate } from './failure.ts';
import { linkOf, listOf, objectOf, textOf, textsOf } from './json.ts';
import { untilSeen } from './pace.ts';

/** PowerState in the schema of Resource; `Unknown` stands for none. */
export type PowerState = 'On' | 'Off' | 'PoweringOn' | 'PoweringOff' | 'Paused' | 'Unknown';

export type PowerWish = 'on' | 'off' | 'restart' | 'cycle';

export interface PowerOptions {
  /** May cut the power when the system does not shut down by itself. */
  readonly force: boolean;
  /** For the operating system to shut down. */
  readonly gracefulLimitMs: number;
  /** For the BMC to say that the power is as it should be. */
  readonly limitMs: number;
}

export interface PowerChange {
  readonly before: PowerState;
  readonly after: PowerState;
  readonly changed: boolean;
  /** The system did not shut down by itself. */
  readonly forced: boolean;
}

/** Makes the power what was asked for. @throws {UserError} when it did not become so. */
export async function setPower(bmc: Bmc, wish: PowerWish, options: PowerOptions): Promise<PowerChange> {
  if (wish === 'cycle' && !options.force) {
    throw new UserError('bmc-power-force', 'a power cycle cuts the power, which was not allowed', {
      needed: '--force, or `restart`, which lets the system shut down first',
    });
  }
  const before = powerOf(await readSystem(bmc));
  let forced = false;
  if (wish !== 'on') forced = await turnOff(bmc, wish, options);
  if (wish !== 'off') await turnOn(bmc, options);
  const after = powerOf(await readSystem(bmc));
  const changed = wish === 'on' || wish === 'off' ? before !== after : true;
  return { before, after, changed, forced };
}

/** What a system's PowerState says. */
export function powerOf({ body }: Resource): PowerState {
  const state = textOf(body, 'PowerState');
  return ['On', 'Off', 'PoweringOn', 'PoweringOff', 'Paused'].includes(state ?? '')
    ? (state as PowerState)
    : 'Unknown';
}

async function turnOn(bmc: Bmc, options: PowerOptions): Promise<void> {
  if (await reaches(bmc, 'On', 0)) return;
  // A BMC whose state lags says 409, "already on", of a machine that went off just now: ask until it is on.
  const endMs = performance.now() + options.limitMs;
  let failure: unknown;
  while (performance.now() < endMs) {
    failure = await reset(bmc, ['On', 'PushPowerButton']);
    if (await reaches(bmc, 'On', failure === undefined ? options.limitMs : 5 * bmc.client.pace.pollMs))
      return;
    if (failure === undefined) break;
  }
  throw await stays(bmc, 'the machine does not turn on', options.limitMs, failure);
}

/** @returns Whether the power had to be cut. */
async function turnOff(bmc: Bmc, wish: PowerWish, options: PowerOptions): Promise<boolean> {
  if (await reaches(bmc, 'Off', 0)) return false;
  if (wish !== 'cycle' && (await shutDown(bmc, options))) return false;
  const failure = await reset(bmc, ['ForceOff']);
  if (await reaches(bmc, 'Off', options.limitMs)) return true;
  throw await stays(bmc, 'the power does not go off', options.limitMs, failure);
}

/** @returns Whether it shut down; without, the power may be cut. */
async function shutDown(bmc: Bmc, { force, gracefulLimitMs }: PowerOptions): Promise<boolean> {
  const limit = `${gracefulLimitMs / 1000} s`;
  bmc.client.say(`asking the system to shut down, for up to ${limit}`);
  const failure = await reset(bmc, ['GracefulShutdown']);
  if (await reaches(bmc, 'Off', gracefulLimitMs)) return true;
  const why = `the system did not shut down within ${limit}`;
  if (force) {
    bmc.client.say(`${why}: cutting the power`, 'warning');
    return false;
  }
  throw new UserError('bmc-power-graceful', why, {
    where: bmc.client.urlOf(bmc.system.path),
    seen: `PowerState ${powerOf(await readSystem(bmc))}`,
    next: [
      'look at its console: a system without ACPI, in its firmware or in an installer does not listen',
      'give it more time with --graceful-limit, or cut the power with --force',
    ],
    cause: failure,
  });
}

/**
 * Asks for the first reset type that the system allows. Whether it came to be is looked at, so "already on" (409, iDRAC:
 * PSU501) is no failure here.
 * @returns The failure, if there was one that leaves it open.
 */
async function reset(bmc: Bmc, types: readonly string[]): Promise<unknown> {
  const { client, system } = bmc;
  const action = objectOf(system.body, 'Actions', '#ComputerSystem.Reset');
  const target = action === undefined ? undefined : textOf(action, 'target');
  if (action === undefined || target === undefined)
    throw nonsense(client.urlOf(system.path), 'no action ComputerSystem.Reset', 'a system that can be reset');
  const allowed = await allowedTypes(bmc);
  const type = types.find((each) => allowed.length === 0 || allowed.includes(each));
  if (type === undefined) {
    throw new UserError('bmc-power-unsupported', 'this BMC cannot do that to the power', {
      where: client.urlOf(system.path),
      seen: `it knows ${allowed.join(', ')}`,
      needed: types.join(' or '),
    });
  }
  return client.attempt(() => client.act(target, { ResetType: type }, `the reset ${type}`));
}

/** The reset types, beside the action or in its ActionInfo (DSP0266, "Action info annotation"); none when nothing says. */
async function allowedTypes({ client, system }: Bmc): Promise<readonly string[]> {
  const action = objectOf(system.body, 'Actions', '#ComputerSystem.Reset') ?? {};
  const beside = textsOf(action, 'ResetType@Redfish.AllowableValues');
  const info = textOf(action, '@Redfish.ActionInfo') ?? linkOf(action, '@Redfish.ActionInfo');
  if (beside.length > 0 || info === undefined) return beside;
  const { body } = await client.get(info);
  const parameter = listOf(body, 'Parameters').find((each) => textOf(each, 'Name') === 'ResetType');
  return parameter === undefined ? [] : textsOf(parameter, 'AllowableValues');
}

async function reaches(bmc: Bmc, state: PowerState, limitMs: number): Promise<boolean> {
  const { pace, signal } = bmc.client;
  const look = async () => (powerOf(await readSystem(bmc)) === state ? true : undefined);
  return (await untilSeen(look, { limitMs, pollMs: pace.pollMs, signal })) ?? false;
}

async function stays(bmc: Bmc, summary: string, limitMs: number, cause: unknown): Promise<UserError> {
  const said = cause instanceof UserError ? `; ${cause.seen ?? cause.message}` : '';
  const seen = `PowerState ${powerOf(await readSystem(bmc))} after ${limitMs / 1000} s${said}`;
  return tooLate(summary, bmc.client.urlOf(bmc.system.path), seen, [
    'look at the power on the BMC: its state can lag; then run this again',
  ]);
}
