import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QmpClient, QmpError, type QmpEvent } from '../../../src/machine/qmp.ts';

const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 10}}, "capabilities": ["oob"]}}\r\n';

interface Request {
  execute: string;
  arguments?: unknown;
  id: number;
}

let folder: string;
let server: Server;
let peer: Socket | undefined;
/** What the fake monitor does with a command. */
let answer: (request: Request, reply: (message: object) => void) => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-qmp-'));
  answer = (request, reply) => reply({ return: {}, id: request.id });
  server = createServer((socket) => {
    peer = socket;
    socket.write(GREETING);
    socket.setEncoding('utf8').on('data', (lines: string) => {
      for (const line of lines.trim().split('\n')) {
        answer(JSON.parse(line) as Request, (message) => socket.write(`${JSON.stringify(message)}\r\n`));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'qmp'), resolve));
});

afterEach(async () => {
  peer?.destroy();
  server.close();
  await rm(folder, { recursive: true });
});

const open = () => QmpClient.open(connect(join(folder, 'qmp')));

describe('QmpClient', () => {
  it('negotiates, then runs commands', async () => {
    const seen: string[] = [];
    answer = (request, reply) => {
      seen.push(request.execute);
      reply({ return: { status: 'running', given: request.arguments }, id: request.id });
    };
    const client = await open();
    expect(await client.execute('query-status', { a: 1 })).toEqual({ status: 'running', given: { a: 1 } });
    expect(seen).toEqual(['qmp_capabilities', 'query-status']);
  });

  it('gives each command its own answer, whatever their order', async () => {
    const held: Request[] = [];
    const client = await open();
    answer = (request, reply) => {
      held.push(request);
      if (held.length === 2) for (const { id, execute } of held.reverse()) reply({ return: execute, id });
    };
    expect(await Promise.all([client.execute('first'), client.execute('second')])).toEqual([
      'first',
      'second',
    ]);
  });

  it('tells of events', async () => {
    const client = await open();
    const event = new Promise<QmpEvent>((resolve) => client.onEvent(resolve));
    const data = { guest: true, reason: 'guest-shutdown' };
    peer?.write(
      `${JSON.stringify({ timestamp: { seconds: 1, microseconds: 2 }, event: 'SHUTDOWN', data })}\r\n`,
    );
    expect(await event).toEqual({ name: 'SHUTDOWN', data });
  });

  it('reports a refused command', async () => {
    const client = await open();
    answer = ({ id }, reply) => reply({ error: { class: 'CommandNotFound', desc: 'no such command' }, id });
    await expect(client.execute('nonsense')).rejects.toThrow(new QmpError('nonsense: no such command'));
  });

  it('fails what waits when QEMU goes away, and what comes after', async () => {
    const client = await open();
    answer = () => peer?.destroy();
    await expect(client.execute('quit')).rejects.toThrow(QmpError);
    await expect(client.execute('query-status')).rejects.toThrow('the monitor is closed');
  });
});
