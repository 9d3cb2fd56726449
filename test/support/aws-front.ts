/**
 * Stands between a client and the emulator. Keeps the rules of the EBS direct APIs that the emulator leaves out (client
 * tokens, checksums, what a completed snapshot refuses, that making takes time), counts what is sent, and misbehaves as
 * a test tells it.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { BLOCK_BYTES } from '../../src/publish/aws/blocks.ts';

/** One request as the front understood it. */
export interface SeenRequest {
  /** Such as `PutSnapshotBlock` or `RegisterImage`; the method and path of what it does not know. */
  readonly action: string;
  readonly region: string;
  /** How many of this action came before, in every region. */
  readonly number: number;
  readonly path: string;
  readonly block?: number;
  /** Whether its body is all zeros. */
  readonly zero?: boolean;
}

/**
 * What goes wrong: `cut` before the emulator hears of it, `lost` after it has done what was asked, `damaged` a flipped bit
 * on the way there, `wrong-checksum` an answer about other data.
 */
export type Fault =
  | 'throttle'
  | 'error'
  | 'cut'
  | 'lost'
  | 'damaged'
  | 'wrong-checksum'
  | 'expired'
  | 'refuse';

export interface AwsFront {
  readonly url: string;
  /** All requests since the last call. */
  taken(): readonly SeenRequest[];
  /** Decides each request's fault. */
  misbehave(faultOf: (request: SeenRequest) => Fault | undefined): void;
  /** How often something new is told to be pending before it is ready. */
  slowness(polls: number): void;
  /** A request waits for this before it is answered. */
  hold(wait: (request: SeenRequest) => Promise<void>): void;
  close(): Promise<void>;
}

interface Snapshot {
  readonly region: string;
  readonly digests: Map<number, Buffer>;
  completed: boolean;
}

/** @param target The emulator. */
export async function startAwsFront(target: string): Promise<AwsFront> {
  const front = new Front(target);
  const server = createServer((request, response) => {
    front.answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    taken: () => front.requests.splice(0),
    misbehave: (faultOf) => {
      front.faultOf = faultOf;
    },
    slowness: (polls) => {
      front.polls = polls;
    },
    hold: (wait) => {
      front.wait = wait;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Front {
  readonly requests: SeenRequest[] = [];
  faultOf: (request: SeenRequest) => Fault | undefined = () => undefined;
  wait: (request: SeenRequest) => Promise<void> = async () => undefined;
  polls = 0;
  private readonly counts = new Map<string, number>();
  private readonly snapshots = new Map<string, Snapshot>();
  private readonly tokens = new Map<string, { body: string; answer: string; snapshotId: string }>();
  /** How often something was told to be pending. */
  private readonly told = new Map<string, number>();

  constructor(private readonly target: string) {}

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const seen = this.understand(request, body);
    this.requests.push(seen);
    await this.wait(seen);
    const fault = this.faultOf(seen);
    if (fault === 'cut') return void response.destroy();
    const refusal = fault === undefined ? undefined : refusalOf(fault);
    if (refusal !== undefined) return refuse(response, seen, refusal);
    if (fault === 'damaged') body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
    const broken = this.rule(request, seen, body, response);
    if (broken === 'answered') return;
    const headers = { ...request.headers } as Record<string, string>;
    for (const name of ['host', 'connection', 'content-length', 'transfer-encoding', 'expect'])
      delete headers[name];
    const answer = await fetch(`${this.target}${request.url}`, {
      method: request.method ?? 'GET',
      headers,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    let content: Buffer = Buffer.from(await answer.arrayBuffer());
    if (seen.action === 'StartSnapshot' && answer.ok) this.started(seen, body, content.toString());
    if (seen.action === 'CompleteSnapshot' && answer.ok) this.completed(seen);
    if (seen.action.startsWith('Describe')) content = Buffer.from(this.inTheMaking(seen, content.toString()));
    if (fault === 'lost') return void response.destroy();
    response.statusCode = answer.status;
    answer.headers.forEach((value, name) => {
      if (!['content-length', 'content-encoding', 'transfer-encoding', 'connection'].includes(name))
        response.setHeader(name, value);
    });
    if (fault === 'wrong-checksum') response.setHeader('x-amz-checksum', Buffer.alloc(32).toString('base64'));
    response.end(content);
  }

  private understand(request: IncomingMessage, body: Buffer): SeenRequest {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    const region =
      /Credential=[^/]+\/\d+\/([a-z0-9-]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const block = /^\/snapshots\/[^/]+\/blocks\/(\d+)$/.exec(pathname)?.[1];
    const action = actionOf(request, pathname, block !== undefined, body);
    const number = this.counts.get(action) ?? 0;
    this.counts.set(action, number + 1);
    return {
      action,
      region,
      number,
      path: pathname,
      ...(block !== undefined && { block: Number(block), zero: body.every((byte) => byte === 0) }),
    };
  }

  /** @returns Whether a rule was broken, or an answer from memory was given. */
  private rule(
    request: IncomingMessage,
    seen: SeenRequest,
    body: Buffer,
    response: ServerResponse,
  ): 'answered' | undefined {
    const no = (name: string, reason: string): 'answered' => {
      refuse(response, seen, { status: 400, name, reason });
      return 'answered';
    };
    if (seen.action === 'StartSnapshot') {
      const { ClientToken: token = '' } = JSON.parse(body.toString()) as { ClientToken?: string };
      const known = this.tokens.get(`${seen.region} ${token}`);
      if (known === undefined) return undefined;
      if (known.body !== body.toString()) return no('ConflictException', '');
      const status = this.snapshots.get(known.snapshotId)?.completed ? 'completed' : 'pending';
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...(JSON.parse(known.answer) as object), Status: status }));
      return 'answered';
    }
    const id = /^\/snapshots\/(?:completion\/)?(snap-[0-9a-f]+)/.exec(seen.path)?.[1] ?? '';
    const snapshot = this.snapshots.get(id);
    if (seen.action === 'PutSnapshotBlock') {
      if (snapshot === undefined || snapshot.completed)
        return no('ValidationException', 'INVALID_SNAPSHOT_ID');
      const digest = createHash('sha256').update(body).digest();
      if (body.length !== BLOCK_BYTES || request.headers['x-amz-data-length'] !== String(BLOCK_BYTES))
        return no('ValidationException', 'INVALID_BLOCK');
      if (request.headers['x-amz-checksum'] !== digest.toString('base64'))
        return no('ValidationException', 'INVALID_BLOCK');
      snapshot.digests.set(seen.block ?? -1, digest);
    }
    if (seen.action === 'CompleteSnapshot') {
      if (snapshot === undefined || snapshot.completed)
        return no('ValidationException', 'INVALID_SNAPSHOT_ID');
      const sorted = [...snapshot.digests].sort(([a], [b]) => a - b).map(([, digest]) => digest);
      const aggregate = createHash('sha256').update(Buffer.concat(sorted)).digest('base64');
      if (
        request.headers['x-amz-changedblockscount'] !== String(sorted.length) ||
        request.headers['x-amz-checksum'] !== aggregate ||
        request.headers['x-amz-checksum-aggregation-method'] !== 'LINEAR'
      )
        return no('ValidationException', 'INVALID_PARAMETER_VALUE');
    }
    return undefined;
  }

  private started(seen: SeenRequest, body: Buffer, answer: string): void {
    const { SnapshotId: snapshotId } = JSON.parse(answer) as { SnapshotId: string };
    const { ClientToken: token = '' } = JSON.parse(body.toString()) as { ClientToken?: string };
    this.snapshots.set(snapshotId, { region: seen.region, digests: new Map(), completed: false });
    this.tokens.set(`${seen.region} ${token}`, { body: body.toString(), answer, snapshotId });
  }

  private completed({ path }: SeenRequest): void {
    const snapshot = this.snapshots.get(path.split('/').at(-1) ?? '');
    if (snapshot !== undefined) snapshot.completed = true;
  }

  /** What was not completed is pending, and what is new is so for a while. */
  private inTheMaking({ action }: SeenRequest, xml: string): string {
    const snapshots = action === 'DescribeSnapshots';
    const idOf = snapshots ? /<snapshotId>([^<]+)</g : /<imageId>([^<]+)</g;
    const ids = [...xml.matchAll(idOf)].map(([, id = '']) => id);
    const state = snapshots ? /<status>completed</g : /<imageState>available</g;
    let index = 0;
    return xml.replace(state, (ready) => {
      const id = ids[index++] ?? '';
      const pending = ready.replace(/>.*/, '>pending<');
      if (this.snapshots.get(id)?.completed === false) return pending;
      const told = this.told.get(id) ?? 0;
      this.told.set(id, told + 1);
      return told < this.polls ? pending : ready;
    });
  }
}

function actionOf(request: IncomingMessage, path: string, block: boolean, body: Buffer): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1) ?? target;
  if (block) return request.method === 'PUT' ? 'PutSnapshotBlock' : 'GetSnapshotBlock';
  if (path === '/snapshots') return 'StartSnapshot';
  if (path.startsWith('/snapshots/completion/')) return 'CompleteSnapshot';
  if (path.startsWith('/snapshots/')) return 'ListSnapshotBlocks';
  const coding = request.headers['content-encoding'];
  const text = coding === 'gzip' ? gunzipSync(body) : coding === 'br' ? brotliDecompressSync(body) : body;
  const action = path === '/' ? /(?:^|&)Action=([A-Za-z]+)/.exec(text.toString('latin1'))?.[1] : undefined;
  return action ?? `${request.method} ${path}`;
}

interface Refusal {
  readonly status: number;
  readonly name: string;
  readonly reason: string;
}

function refusalOf(fault: Fault): Refusal | undefined {
  switch (fault) {
    case 'throttle':
      return { status: 429, name: 'RequestThrottledException', reason: 'ACCOUNT_THROTTLED' };
    case 'error':
      return { status: 500, name: 'InternalServerException', reason: '' };
    case 'expired':
      return { status: 400, name: 'ExpiredTokenException', reason: '' };
    case 'refuse':
      return { status: 403, name: 'AccessDeniedException', reason: 'UNAUTHORIZED_ACCOUNT' };
    default:
      return undefined;
  }
}

/** In the form of the service: XML of EC2 and STS, JSON of the others. */
function refuse(response: ServerResponse, { action }: SeenRequest, { status, name, reason }: Refusal): void {
  const message = `${name} (made up)`;
  if (/Snapshots|Image|Tags|Attribute|CallerIdentity|^DeleteSnapshot$/.test(action)) {
    const code = {
      RequestThrottledException: 'RequestLimitExceeded',
      ExpiredTokenException: 'RequestExpired',
    }[name];
    response.writeHead(name === 'RequestThrottledException' ? 503 : status, { 'content-type': 'text/xml' });
    response.end(
      `<Response><Errors><Error><Code>${code ?? name}</Code><Message>${message}</Message></Error></Errors><RequestID>0</RequestID></Response>`,
    );
    return;
  }
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': name });
  response.end(JSON.stringify({ __type: name, Message: message, message, Reason: reason }));
}
