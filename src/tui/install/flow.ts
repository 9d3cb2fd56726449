/** The order of the steps, and what keeps somebody from the next one. */

import { type AnswerPart, type AnswerProblem, faultText } from '../../install/configuration/fault.ts';
import { makeCloudConfig } from '../../install/configuration/make-cloud-config.ts';
import { askedNames, chosenDisk, type InstallerState, type StepName } from './state.ts';

/** The steps as this installation has them: what to keep is asked only where there is something. */
export function askedSteps(state: InstallerState): readonly StepName[] {
  const canKeep = canKeepVar(state);
  return askedNames.filter((name) => name !== 'keep' || canKeep);
}

/** Whether the chosen disk has a /var to keep. */
function canKeepVar(state: InstallerState): boolean {
  return chosenDisk(state)?.contents.basalt?.hasVar ?? false;
}

/** Why the step cannot be left forwards; undefined when it can. */
export function guard(state: InstallerState): string | undefined {
  switch (state.step) {
    case 'welcome':
      return state.facts.needsUefi && state.facts.machine.firmware === 'bios'
        ? 'This machine was started in BIOS mode. Set the boot mode to UEFI in its settings, then start again.'
        : undefined;
    case 'disk': {
      if (state.disks === undefined) return 'Still looking for disks.';
      const disk = chosenDisk(state);
      if (disk === undefined) return 'Choose a disk first.';
      return disk.refusal === undefined ? undefined : `${disk.name} cannot be chosen: ${disk.refusal}`;
    }
    case 'role':
    case 'review': {
      const problem = configurationProblems(state)[0];
      return problem === undefined ? undefined : faultText(problem);
    }
    default:
      return undefined;
  }
}

/** What is wrong with the answers together. */
export function configurationProblems({ draft, facts }: InstallerState): readonly AnswerProblem[] {
  const made = makeCloudConfig(
    draft,
    facts.machine.cards.map(({ name }) => name),
  );
  return made.kind === 'refused' ? made.problems : [];
}

/** The step that made a problem. */
function stepOf(part: AnswerPart): StepName {
  switch (part) {
    case 'network':
      return 'network';
    case 'hostname':
    case 'keys':
      return 'identity';
    case 'role':
      return 'role';
  }
}

/** One step forwards; where something is wrong, to the step that made it, with the reason. */
export function forward(state: InstallerState): InstallerState {
  const problem = guard(state);
  const culprit =
    problem !== undefined && (state.step === 'role' || state.step === 'review')
      ? configurationProblems(state)[0]
      : undefined;
  if (culprit !== undefined) return { ...state, step: stepOf(culprit.part), problem };
  if (problem !== undefined) return { ...state, problem };
  const steps = askedSteps(state);
  const next = steps[steps.indexOf(state.step) + 1];
  return next === undefined ? state : enter(state, next);
}

/** One step back; the first one stays. */
export function back(state: InstallerState): InstallerState {
  const steps = askedSteps(state);
  const before = steps[steps.indexOf(state.step) - 1];
  return before === undefined ? state : enter(state, before);
}

/** Goes to a step; what scrolls begins at its top. */
export function enter(state: InstallerState, step: StepName): InstallerState {
  const scrolls = step === 'review' || step === 'result';
  return {
    ...state,
    step,
    problem: undefined,
    selected: scrolls ? { ...state.selected, [step]: 0 } : state.selected,
  };
}
