/** What machines may ask for. Everything here is reachable from their network; nothing else is. */
import { z } from 'zod';
import type { AskContext, Decision, LiveSystem } from '../ask.ts';
import { ask } from '../ask.ts';
import { findImageFile } from '../images.ts';
import type { Scripts } from '../ipxe/scripts.ts';
import { machineConfig } from '../machine-config.ts';
import { type MachineFacts, readFacts } from '../machines/facts.ts';
import { type KnownMachine, knownFacts } from '../state/machine.ts';
import { reports, stagesBefore } from '../state/stage.ts';
import type { TokenVerdict } from '../state/tokens.ts';
import { type Answer, json, Refusal, text } from './answer.ts';
import { bootProgram, fileAnswer } from './file.ts';
import type { Request } from './request.ts';
import type { Route } from './routes.ts';

/** What the routes work with; `context` is asked for anew each time, for machines.yaml changes. */
export interface MachineRoutesOptions {
  readonly context: () => AskContext;
  readonly scripts: Scripts;
  /** Folder of iPXE's boot programs. */
  readonly ipxe: string;
}

/** Names of images, versions and files of images in addresses. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/;

const reportSchema = z.strictObject({
  stage: z.enum(reports),
  percent: z.int().min(0).max(100).optional(),
  version: z
    .string()
    .regex(/^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/)
    .optional(),
  message: z.string().max(4096).optional(),
});

/** The routes. */
export function machineRoutes({ context, scripts, ipxe }: MachineRoutesOptions): readonly Route[] {
  const decide = (request: Request, live?: LiveSystem) =>
    ask(context(), factsOf(request), request.address, live);
  return [
    { method: 'GET', path: '/boot.ipxe', answer: () => text(scripts.boot(context().server)) },
    {
      method: 'GET',
      path: '/v1/ask.ipxe',
      answer: async (request) => text(scriptOf(scripts, await decide(request))),
    },
    {
      method: 'GET',
      path: '/v1/ask',
      answer: async (request) => json(200, asData(await decide(request, liveOf(request)))),
    },
    {
      method: 'GET',
      path: '/boot/:program',
      head: true,
      answer: async (_, { program = '' }) => (await bootProgram(ipxe, program)) ?? nothing(),
    },
    {
      method: 'GET',
      path: '/images/:image/:version/:file',
      head: true,
      answer: async (request, { image = '', version = '', file = '' }) => {
        const { outDir, machines, registry } = context();
        const isNamed = machines.profiles.some((each) => each.image === image);
        if (!isNamed || ![image, version, file].every((name) => NAME.test(name))) return nothing();
        const found = await findImageFile(outDir, image, version, file);
        if (found === undefined) return nothing();
        if (request.method === 'GET') registry.loadingFrom(request.address);
        return fileAnswer(request, found);
      },
    },
    {
      method: 'GET',
      path: '/v1/machines/:id/config',
      answer: (request, { id = '' }) => giveConfig(context(), request, id),
    },
    {
      method: 'POST',
      path: '/v1/machines/:id/progress',
      answer: (request, { id = '' }) => takeReport(context(), request, id),
    },
  ];
}

function nothing(): never {
  throw new Refusal(404, 'path-unknown', 'there is nothing at this path');
}

function factsOf(request: Request): MachineFacts {
  const facts = readFacts(request.query);
  if (typeof facts === 'string') throw new Refusal(400, 'machine-invalid', facts);
  return facts;
}

/** What a live system says that it could install; one that does not say so is not asked. */
function liveOf({ query }: Request): LiveSystem | undefined {
  if (!query.has('image') && !query.has('version')) return undefined;
  const [image, version] = ['image', 'version'].map((key) => {
    const [value = '', ...more] = query.getAll(key);
    return more.length === 0 && NAME.test(value) ? value : undefined;
  });
  if (image !== undefined && version !== undefined) return { image, version };
  throw new Refusal(400, 'image-invalid', 'image and version are not the names of one live system');
}

function scriptOf(scripts: Scripts, decision: Decision): string {
  if (decision.kind === 'install') return scripts.install(decision.plan);
  const { lines, seconds, installed } = decision;
  return scripts.disk(
    installed ? lines : [...lines, 'Nothing was changed. It starts from its disk.'],
    seconds,
  );
}

function asData(decision: Decision): unknown {
  return decision.kind === 'install'
    ? { action: 'install', ...decision.plan }
    : { action: 'disk', installed: decision.installed, lines: decision.lines };
}

/** Once: the token is used up on the disk before the first byte leaves. */
async function giveConfig(context: AskContext, request: Request, id: string): Promise<Answer> {
  const { registry, machines, templates } = context;
  const machine = known(context, id);
  const profile = machines.profiles.find(({ name }) => name === machine.profile);
  if (profile?.config === undefined)
    throw new Refusal(404, 'config-none', 'machines.yaml has no configuration for this machine');
  // Made first: a token is not lost to a template that cannot be rendered any more.
  const config = await machineConfig(templates, profile, knownFacts(machine)).catch((error: unknown) => {
    registry.fail(id, 'its configuration cannot be made any more: ./basalt serve check tells why');
    throw error;
  });
  mustBe(registry.spendConfigToken(id, tokenOf(request)));
  return text(config ?? '', 'text/cloud-config; charset=utf-8');
}

async function takeReport(context: AskContext, request: Request, id: string): Promise<Answer> {
  const { registry } = context;
  known(context, id);
  mustBe(registry.mayReport(id, tokenOf(request)));
  const report = reportSchema.safeParse(await request.json());
  if (!report.success)
    throw new Refusal(
      422,
      'report-invalid',
      `the report is wrong at ${report.error.issues[0]?.path.join('.') || 'its top'}`,
      `stage (${reports.join(', ')}), and if wanted percent (0 to 100), version, message`,
    );
  const { stage, percent, version, message } = report.data;
  const refused = registry.report(id, {
    stage,
    ...(percent === undefined ? {} : { percent }),
    ...(version === undefined ? {} : { version }),
    ...(message === undefined ? {} : { message }),
  });
  if (refused === undefined) return { status: 204, headers: { 'cache-control': 'no-store' } };
  throw new Refusal(
    409,
    'stage-wrong',
    `a machine that is ${refused.refusedIn} cannot be ${stage}`,
    `the machine in one of: ${stagesBefore(stage).join(', ')}`,
  );
}

/** Unknown machines and unknown tokens look alike: ids are not to be found by trying. */
function known({ registry }: AskContext, id: string): KnownMachine {
  const machine = registry.byId(id);
  if (machine === undefined) mustBe('unknown');
  return machine as KnownMachine;
}

/** From the header, or from the address for programs that know addresses only. */
function tokenOf(request: Request): string {
  const header = /^Bearer ([A-Za-z0-9_-]{1,100})$/.exec(request.headers.authorization ?? '')?.[1];
  return header ?? request.query.get('token') ?? '';
}

function mustBe(verdict: TokenVerdict): void {
  switch (verdict) {
    case 'ok':
      return;
    case 'used':
      throw new Refusal(
        410,
        'token-used',
        'this token was used already, and opens nothing twice',
        'the machine starts again from the network, and gets another',
      );
    case 'expired':
      throw new Refusal(
        410,
        'token-expired',
        'the time of this token is over',
        'the machine starts again from the network',
      );
    case 'unknown':
      throw new Refusal(
        403,
        'token-unknown',
        'no such token for this machine',
        'the token of the kernel command line',
      );
  }
}
