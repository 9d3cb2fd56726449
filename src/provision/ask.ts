/** The answer to a machine that asks what it is to do. */
import { messageOf, UserError } from '../errors.ts';
import { findImage } from './images.ts';
import { type InstallPlan, installPlan } from './install-plan.ts';
import { machineConfig } from './machine-config.ts';
import { chooseProfile } from './machines/choose.ts';
import type { MachineFacts } from './machines/facts.ts';
import type { Machines, Profile } from './machines/profile.ts';
import { type KnownMachine, knownFacts } from './state/machine.ts';
import type { Registry } from './state/registry.ts';

/** Installations that are begun in a row before somebody must look: a machine that fails must not try for ever. */
const ATTEMPTS_MAXIMUM = 5;
/** What is told is read before the machine goes on. */
const NOTICE_SECONDS = 15;

export type Decision =
  | { readonly kind: 'install'; readonly plan: InstallPlan }
  /** It boots from its disk, after a notice. */
  | {
      readonly kind: 'disk';
      readonly lines: readonly string[];
      readonly seconds: number;
      /** It was seen installed; otherwise it is refused. */
      readonly installed: boolean;
    };

/** A live system that asks by itself. */
export interface LiveSystem {
  readonly image: string;
  readonly version: string;
}

export interface AskContext {
  readonly machines: Machines;
  readonly registry: Registry;
  /** Address of this server for machines. */
  readonly server: string;
  /** Folder of the builds. */
  readonly outDir: string;
  /** Folder of the templates of cloud-configs. */
  readonly templates: string;
  readonly onNotice: (text: string) => void;
}

/**
 * Decides, and remembers what was decided.
 * @param address Where the machine asks from.
 * @param live What it runs and could install; undefined for one that is started by iPXE, and gets all of it.
 */
export async function ask(
  context: AskContext,
  facts: MachineFacts,
  address: string,
  live?: LiveSystem,
): Promise<Decision> {
  const { machines, registry } = context;
  const machine = registry.meet(facts, address);
  const choice = chooseProfile(machines.profiles, facts);
  if (choice.kind === 'none')
    return refuse(context, machine, `no entry of machines.yaml is for this machine: ${identityOf(facts)}`);
  if (choice.kind === 'ambiguous') {
    const names = choice.profiles.map(({ name }) => name).join(', ');
    return refuse(context, machine, `several entries of machines.yaml are for this machine: ${names}`);
  }
  const { profile } = choice;
  registry.name(machine.id, profile.name);
  if (!machine.armed)
    return { kind: 'disk', lines: [`${profile.name} is installed`], seconds: 0, installed: true };
  if (machine.attempts >= ATTEMPTS_MAXIMUM)
    return refuse(
      context,
      machine,
      `${profile.name} did not install itself in ${machine.attempts} attempts. serve reinstall ${profile.name} allows more`,
    );
  return install(context, machine, profile, facts, live);
}

async function install(
  context: AskContext,
  machine: KnownMachine,
  profile: Profile,
  facts: MachineFacts,
  live: LiveSystem | undefined,
): Promise<Decision> {
  const { registry, server, outDir, templates } = context;
  try {
    const image = await findImage(outDir, profile.image, profile.version);
    // A live system installs itself. No attempt: it would fail each time.
    if (live !== undefined && (live.image !== image.image || live.version !== image.version))
      return refuse(
        context,
        machine,
        `${profile.name} gets ${image.image} ${image.version}, and was started with a live system of ${live.image} ${live.version}`,
      );
    // Before anything is erased: a configuration that cannot be made would be missed only after it.
    await machineConfig(templates, profile, knownFacts(machine));
    const tokens = registry.begin(machine.id, {
      profile: profile.name,
      image: image.image,
      version: image.version,
    });
    const plan = installPlan({ server, profile, image, machine: machine.id, mac: facts.mac, tokens });
    return { kind: 'install', plan };
  } catch (error) {
    // What is wrong on this server is nothing for the network.
    return refuse(context, machine, `${profile.name} cannot be installed`, explained(error));
  }
}

/**
 * The machine goes on with its disk; what is wrong is told on its screen, here, and on the status page.
 * @param detail For the last two alone.
 */
function refuse(context: AskContext, machine: KnownMachine, reason: string, detail?: string): Decision {
  const whole = detail === undefined ? reason : `${reason}: ${detail}`;
  context.registry.fail(machine.id, whole);
  context.onNotice(`${machine.macs[0] ?? machine.id}: ${whole}`);
  return {
    kind: 'disk',
    lines: [detail === undefined ? reason : `${reason}: the status page of the server tells why`],
    seconds: NOTICE_SECONDS,
    installed: false,
  };
}

function identityOf({ mac, uuid, serviceTag, vendor, model }: MachineFacts): string {
  const parts = [
    `mac ${mac}`,
    ...(serviceTag === undefined ? [] : [`service tag ${serviceTag}`]),
    ...(uuid === undefined ? [] : [`uuid ${uuid}`]),
    ...(vendor === undefined ? [] : [vendor]),
    ...(model === undefined ? [] : [model]),
  ];
  return parts.join(', ');
}

/** In one line. */
function explained(error: unknown): string {
  if (!(error instanceof UserError)) return messageOf(error);
  const [problem] = error.problems;
  const more = error.problems.length > 1 ? ` and ${error.problems.length - 1} more` : '';
  const detail =
    problem === undefined ? (error.seen ?? error.where) : `${problem.file}: ${problem.message}${more}`;
  return detail === undefined ? error.message : `${error.message} (${detail})`;
}
