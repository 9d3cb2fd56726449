/** From what a person answered to what the engine is asked for. */
import { UserError } from '../../errors.ts';
import { faultText } from '../../install/configuration/fault.ts';
import { makeCloudConfig } from '../../install/configuration/make-cloud-config.ts';
import type { InstallRequest } from '../../install/request.ts';
import { chosenDisk, type InstallerState } from './state.ts';

/**
 * Pure.
 * @throws {UserError} when the answers make no configuration: the review asks for the same before, and a system that is installed
 * without what was asked for would let nobody in.
 */
export function requestOf(state: InstallerState): InstallRequest {
  const { draft, facts } = state;
  const made = makeCloudConfig(
    draft,
    facts.machine.cards.map(({ name }) => name),
  );
  if (made.kind === 'refused') {
    throw new UserError('configuration-refused', 'the answers make no configuration; nothing was written', {
      seen: made.problems.map(faultText).join('\n'),
      next: ['go back and answer anew'],
    });
  }
  const chosen = chosenDisk(state);
  return {
    disk: draft.disk ?? '',
    ...(chosen === undefined ? {} : { chosen }),
    keepVar: draft.keepVar === true,
    cloudConfig: made.text,
    report: undefined,
  };
}
