/** The plan of an installation without questions: from the kernel's command line, an answers file, or a server. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { exitCodes, messageOf, UserError } from '../../errors.ts';
import { DOCUMENT_MAXIMUM_BYTES } from '../../yaml/document.ts';
import { shownAddress } from './address.ts';
import { type AskServerOptions, askServer } from './ask-server.ts';
import { fetchOnce } from './fetch-once.ts';
import { invalidPlan } from './invalid-plan.ts';
import { type KernelArguments, readKernelArguments } from './kernel-arguments.ts';
import type { Opened, ReportTarget, UnattendedPlan } from './plan.ts';
import { readAnswers } from './read-answers.ts';

/** `patienceMs` is for a server with an answers file, too. */
export type OpenPlanOptions = AskServerOptions;

/** What somebody asked for, and who is to be told, also when it cannot be understood. */
export interface Asked {
  readonly report: ReportTarget | undefined;
  /** A server decides, which may be asked again: it counts attempts. */
  readonly asksServer: boolean;
  /** @throws {UserError} with every problem. */
  open(options: OpenPlanOptions): Promise<Opened>;
}

/** @param text /proc/cmdline. */
export function askedByKernel(text: string): Asked {
  const read = readKernelArguments(text);
  const asksServer = read.request?.kind === 'server';
  return { report: read.report, asksServer, open: (options) => openKernelPlan(read, options) };
}

/** @param path As the user named it. */
export function askedByFile(path: string): Asked {
  const open = async (): Promise<Opened> => ({ kind: 'install', plan: await openFile(path) });
  return { report: undefined, asksServer: false, open };
}

async function openKernelPlan(
  { request, report, problems }: KernelArguments,
  options: OpenPlanOptions,
): Promise<Opened> {
  if (problems.length > 0) throw invalidPlan('the kernel command line', problems);
  switch (request?.kind) {
    case undefined:
      throw new UserError('not-asked', 'nobody asked for an installation without questions', {
        seen: 'no basalt.install.unattended=yes in /proc/cmdline',
        next: ['start without --unattended to be asked', 'or name an answers file: --answers FILE'],
      });
    case 'plan':
      return { kind: 'install', plan: request.plan };
    case 'server':
      return askServer(request.server, options);
    case 'answers': {
      const { where } = request;
      const plan = where.startsWith('/') ? await openFile(where) : await openAddress(where, options);
      if (plan.report !== undefined && report !== undefined)
        throw new UserError(
          'report-twice',
          'both the answers file and the kernel command line say where to report',
          {
            where: where.startsWith('/') ? where : shownAddress(where),
            next: ['leave it out of one of them'],
            exitCode: exitCodes.invalidInput,
          },
        );
      return { kind: 'install', plan: { ...plan, report: plan.report ?? report } };
    }
  }
}

async function openFile(path: string): Promise<UnattendedPlan> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new UserError('answers-missing', 'the answers file cannot be read', {
      where: path,
      seen: messageOf(cause),
      exitCode: exitCodes.invalidInput,
      cause,
    });
  });
  return planIn(bytes, path, dirname(resolve(path)));
}

async function openAddress(url: string, options: OpenPlanOptions): Promise<UnattendedPlan> {
  const bytes = await fetchOnce({
    ...options,
    url,
    noun: 'answers file',
    maximumBytes: DOCUMENT_MAXIMUM_BYTES,
  });
  return planIn(bytes, shownAddress(url), undefined);
}

function planIn(bytes: Uint8Array, file: string, folder: string | undefined): UnattendedPlan {
  const { plan, problems } = readAnswers(file, folder, textOf(bytes, file));
  if (plan === undefined) throw invalidPlan(file, problems);
  return plan;
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError('answers-invalid', 'the answers file is not UTF-8 text', {
      where: file,
      exitCode: exitCodes.invalidInput,
      cause,
    });
  }
}
