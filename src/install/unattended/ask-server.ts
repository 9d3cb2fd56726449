/** Asks `basalt serve` what this machine is to do, as iPXE would: for a live system that was not started by iPXE. */
import { exitCodes, type Problem, UserError } from '../../errors.ts';
import type { Identity } from '../machine/identity.ts';
import { shownAddress } from './address.ts';
import { fetchOnce } from './fetch-once.ts';
import { invalidPlan } from './invalid-plan.ts';
import { readKernelArguments } from './kernel-arguments.ts';
import { reachServer, unreachable } from './network.ts';
import type { Opened, ReportTarget, UnattendedPlan } from './plan.ts';
import { ANSWER_MAXIMUM_BYTES, readServerAnswer } from './server-answer.ts';

/** The machine, and the image that its live system is made of. */
export interface Self extends Identity {
  readonly image: string;
  readonly version: string;
}

export interface AskServerOptions {
  readonly signal: AbortSignal;
  /** How long a server that cannot be reached is asked again. */
  readonly patienceMs: number;
  /** Who this is, as seen from the server. @param localAddress Of this end of a connection to it. */
  readonly self: (localAddress: string) => Promise<Self>;
  /** Called as soon as it is known who is to be told, also when the rest cannot be understood. */
  readonly onReport: (report: ReportTarget) => void;
}

/**
 * @param server Its address, without a path.
 * @throws {UserError} when there is no answer, or none that this system can carry out.
 */
export async function askServer(server: string, options: AskServerOptions): Promise<Opened> {
  const { signal, patienceMs, self: selfFrom, onReport } = options;
  const reached = await reachServer(server, patienceMs, signal);
  if (!('value' in reached))
    throw unreachable('the server that says what is to be done', server, reached.reason, patienceMs);
  const self = await selfFrom(reached.value);
  const url = `${server}/v1/ask?${question(self)}`;
  const where = shownAddress(url);
  const body = await fetchOnce({
    signal,
    patienceMs,
    url,
    noun: 'answer of the server',
    maximumBytes: ANSWER_MAXIMUM_BYTES,
    next: ['is it the address of `basalt serve` for machines, port included?'],
  });
  const answer = readServerAnswer(body, where);
  if (answer.action === 'disk') return { kind: 'disk', lines: answer.lines, isInstalled: answer.installed };
  const { request, report, problems } = readKernelArguments(answer.arguments.join(' '), where);
  const open = insecure(server, report?.url, request?.kind === 'plan' ? request.plan : undefined, where);
  if (open.length > 0) throw invalidPlan('the answer of the server', open);
  if (report !== undefined) onReport(report);
  if (problems.length > 0) throw invalidPlan('the answer of the server', problems);
  if (request?.kind !== 'plan')
    throw new UserError('answer-invalid', 'the answer of the server asks for no installation', {
      where,
      needed: 'basalt.install.unattended=yes among its arguments',
      exitCode: exitCodes.invalidInput,
    });
  mustBeSelf(answer, self, where);
  return { kind: 'install', plan: request.plan };
}

/** The names of iPXE's question (templates/ipxe/boot.ipxe.hbs), and what this live system could install. */
function question({ mac, uuid, serial, vendor, model, image, version }: Self): string {
  const said = Object.entries({ mac, uuid, serial, vendor, model, image, version });
  return new URLSearchParams(
    said.flatMap(([key, value]): [string, string][] => (value === undefined ? [] : [[key, value]])),
  ).toString();
}

/** A live system installs what it runs, and nothing else is verified by its root hash. */
function mustBeSelf(
  wanted: { readonly image: string; readonly version: string },
  self: Self,
  where: string,
): void {
  if (wanted.image === self.image && wanted.version === self.version) return;
  throw new UserError('image-other', 'the server wants another system on this machine than runs here', {
    where,
    seen: `a live system of ${self.image} ${self.version}`,
    needed: `${wanted.image} ${wanted.version}: a live system installs itself`,
    next: [
      'start a medium of that build',
      `or name image: ${self.image} and version: ${self.version} for the machine in machines.yaml`,
    ],
    exitCode: exitCodes.invalidInput,
  });
}

/** Who asked by https did not want its tokens on the network. */
function insecure(
  server: string,
  report: string | undefined,
  plan: UnattendedPlan | undefined,
  file: string,
): readonly Problem[] {
  if (!server.startsWith('https:')) return [];
  const addresses = { report, config: plan?.config?.kind === 'url' ? plan.config.url : undefined };
  return Object.entries(addresses).flatMap(([key, url]): readonly Problem[] =>
    url === undefined || new URL(url).protocol === 'https:'
      ? []
      : [
          {
            file,
            line: 0,
            column: 0,
            message: `basalt.install.${key}= is an address of http`,
            hint: 'the server was asked by https: it has to name addresses of https',
          },
        ],
  );
}
