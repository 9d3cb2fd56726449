/** machines.yaml on disk: read, checked with all that it names, watched. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes, messageOf, type Problem, UserError } from '../errors.ts';
import { DOCUMENT_MAXIMUM_BYTES } from '../yaml/document.ts';
import { machineConfig } from './machine-config.ts';
import type { MachineFacts } from './machines/facts.ts';
import type { Machines, Profile } from './machines/profile.ts';
import { readMachines } from './machines/read.ts';

/** How often the file is looked at; inotify would not see a file that is replaced on a network file system. */
const LOOK_EVERY_MS = 1000;

/**
 * Reads machines.yaml, and makes every configuration once.
 * @param templates Folder of the templates of cloud-configs.
 * @throws {UserError} with every problem.
 */
export async function loadMachines(file: string, templates: string): Promise<Machines> {
  const text = await readText(file);
  const { machines, problems } = readMachines(file, dirname(resolve(file)), text);
  const found = machines === undefined ? problems : await configProblems(machines, templates);
  if (machines !== undefined && found.length === 0) return machines;
  const count = found.length === 1 ? 'a problem' : `${found.length} problems`;
  throw new UserError('machines-invalid', `${file} has ${count}`, {
    problems: found,
    exitCode: exitCodes.invalidInput,
  });
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > DOCUMENT_MAXIMUM_BYTES)
      throw new Error(`it has ${size} bytes, more than ${DOCUMENT_MAXIMUM_BYTES}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw new UserError('machines-missing', 'the machines file cannot be read', {
      where: file,
      seen: cause instanceof TypeError ? 'text that is not UTF-8' : messageOf(cause),
      next: ['templates/provision/machines.yaml is an example to copy'],
      exitCode: exitCodes.invalidInput,
      cause,
    });
  }
}

/** What machines get is made once with what is known of them: what is wrong is told now, not when a machine waits. */
async function configProblems({ profiles }: Machines, templates: string): Promise<readonly Problem[]> {
  const problems = await Promise.all(
    profiles.map(async (profile): Promise<readonly Problem[]> => {
      const at = (message: string, hint?: string): Problem => ({
        ...profile.origin,
        message: `"${profile.name}": ${message}`,
        ...(hint === undefined ? {} : { hint }),
      });
      try {
        await machineConfig(templates, profile, sampleFacts(profile));
        return [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (error.problems.length > 0)
          return error.problems.map(({ file, line, message, hint }) =>
            at(`${line > 0 ? `${file}:${line}: ` : `${file}: `}${message}`, hint),
          );
        return [
          at(
            [error.message, error.seen].filter((part) => part !== undefined).join(': '),
            error.needed ?? error.where,
          ),
        ];
      }
    }),
  );
  return problems.flat();
}

/** Those that the entry names; for a model, some that a machine could have. */
function sampleFacts({ selector }: Profile): MachineFacts {
  return {
    mac: selector.macs?.[0] ?? '02:00:00:00:00:01',
    uuid: selector.uuid ?? '01234567-89ab-4cde-8f01-23456789abcd',
    serviceTag: selector.serviceTag ?? '1ABCDE2',
    vendor: selector.vendor,
    model: selector.model,
  };
}

/** Calls `onChange` whenever the file was changed, until the signal is aborted. */
export async function watchFile(
  file: string,
  signal: AbortSignal,
  onChange: () => Promise<void>,
): Promise<void> {
  let last = await fingerprint(file);
  while (!signal.aborted) {
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    const now = await fingerprint(file);
    // A file that is gone is being replaced: the next look sees the new one.
    if (signal.aborted || now === undefined || now === last) continue;
    last = now;
    await onChange();
  }
}

async function fingerprint(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}
