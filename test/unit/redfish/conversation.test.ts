/** What goes wrong between here and a BMC: it passes, or is told; nothing is done twice, and no session stays behind. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InterruptedError, type UserError } from '../../../src/errors.ts';
import { openBmc } from '../../../src/redfish/bmc.ts';
import { RedfishClient } from '../../../src/redfish/client.ts';
import { discover } from '../../../src/redfish/discover.ts';
import { mount } from '../../../src/redfish/media.ts';
import { setPower } from '../../../src/redfish/power.ts';
import { Secret } from '../../../src/redfish/secret.ts';
import { atMock, clientOptions, impatientPace, quickPace, type Said } from '../../support/redfish/at-mock.ts';
import { failureOf } from '../../support/redfish/failure-of.ts';
import {
  bmcPassword,
  bmcUser,
  type Fault,
  type MockBmc,
  refusal,
  startMockBmc,
} from '../../support/redfish/mock-bmc.ts';

const ISO = 'http://10.0.0.1:8080/installer.iso';
/** As long as a medium that hangs is waited for. */
const media = { limitMs: 400, replace: false };
const power = { limitMs: 10_000, gracefulLimitMs: 10_000, force: false };

let mock: MockBmc;
let said: Said;
beforeEach(async () => {
  mock = await startMockBmc({ profile: 'idrac9' });
  said = [];
});
afterEach(async () => {
  expect(mock.violations).toEqual([]);
  await mock.close();
});

/** Every text that a person or a log could see. */
const textOf = (error: UserError) =>
  [inspect(error, { depth: 9, showHidden: true }), ...said, error.stack, JSON.stringify(error)].join('\n');

function expectNoSecret(text: string): void {
  const basic = Buffer.from(`${bmcUser}:${bmcPassword}`).toString('base64');
  for (const secret of [bmcPassword, JSON.stringify(bmcPassword).slice(1, -1), basic, 't0ken-'])
    expect(text).not.toContain(secret);
}

const inserts = () => mock.requests.filter(({ path }) => path.endsWith('InsertMedia'));
const onInsert = (fault: Fault, most = 1) =>
  mock.misbehave(({ path }, nth) => (path.endsWith('InsertMedia') && nth < most ? fault : undefined));

describe('logging in', () => {
  test('with a session, which is deleted', async () => {
    await atMock(mock, discover, said);
    expect(mock.requests.filter(({ login }) => login === 'basic')).toEqual([]);
    expect(mock.requests.at(-1)).toMatchObject({ method: 'DELETE', login: 'session' });
    expect(mock.sessions.size).toBe(0);
  });

  test('a session that ends in the middle is replaced, and a change that was refused for it is made once', async () => {
    mock.misbehave(({ path }, nth) =>
      (path.endsWith('/Systems') && nth === 0) || (path.endsWith('InsertMedia') && nth === 0)
        ? { kind: 'expired' }
        : undefined,
    );
    expect(await atMock(mock, (bmc) => mount(bmc, ISO, media), said)).toMatchObject({ changed: true });
    expect(inserts().map(({ login }) => login)).toEqual(['session', 'session']);
    expect(mock.machine.drives.filter(({ image }) => image === ISO)).toHaveLength(1);
    expect(mock.sessions.size).toBe(0);
  });

  test('a session that ends again and again is told', async () => {
    mock.misbehave(({ path }) => (path.endsWith('/Systems') ? { kind: 'expired' } : undefined));
    expect((await failureOf(atMock(mock, discover, said))).code).toBe('bmc-login-refused');
  });

  test('without a free session the password goes along, and others keep theirs', async () => {
    await mock.close();
    mock = await startMockBmc({ profile: 'idrac9', otherSessions: 4 });
    await atMock(mock, discover, said);
    expect(said.join()).toContain('warning: the BMC has no free session');
    expect(mock.sessions.size).toBe(4);
    expect(
      mock.requests.filter(({ login, path }) => login === 'none' && !/\/(v1|Sessions)$/.test(path)),
    ).toEqual([]);
  });

  test('without sessions at all, too', async () => {
    await mock.close();
    mock = await startMockBmc({ withoutSessions: true });
    await atMock(mock, discover, said);
    expect(said.join()).not.toContain('warning');
  });

  test('a wrong password is tried once, and is in no text, although the BMC repeats it', async () => {
    const password = 'not-the-"password"';
    const credentials = { user: bmcUser, password: new Secret(password) };
    const failure = await failureOf(atMock(mock, discover, said, { credentials }));
    expect(failure.code).toBe('bmc-login-refused');
    expect(failure.seen).toContain('No access for root with ***');
    expect(mock.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    const text = textOf(failure);
    for (const form of [password, 'not-the', Buffer.from(`${bmcUser}:${password}`).toString('base64')])
      expect(text).not.toContain(form);
  });

  test('a session that cannot be closed is told, and the work counts', async () => {
    mock.misbehave(({ method }) => (method === 'DELETE' ? { kind: 'status', status: 400 } : undefined));
    expect(await atMock(mock, discover, said)).toMatchObject({ power: 'On' });
    expect(said.join()).toContain('could not be closed');
    expectNoSecret(said.join());
  });

  test('Ctrl-C ends a wait, and the session', async () => {
    const interrupt = new AbortController();
    mock.machine.troubles.deaf = true;
    mock.misbehave(({ method, path }) => {
      if (method === 'POST' && path.endsWith('Reset')) setTimeout(() => interrupt.abort(), 30);
      return undefined;
    });
    const work = atMock(mock, (bmc) => setPower(bmc, 'off', { ...power, gracefulLimitMs: 60_000 }), said, {
      signal: interrupt.signal,
    });
    await expect(work).rejects.toBeInstanceOf(InterruptedError);
    expect(mock.sessions.size).toBe(0);
    expect(mock.requests.at(-1)?.method).toBe('DELETE');
  });

  test('Ctrl-C while the BMC says nothing', async () => {
    const interrupt = new AbortController();
    mock.misbehave(({ path }) => {
      if (!path.endsWith('/Systems')) return undefined;
      setTimeout(() => interrupt.abort(), 20);
      return { kind: 'silent', done: false };
    });
    await expect(atMock(mock, discover, said, { signal: interrupt.signal })).rejects.toBeInstanceOf(
      InterruptedError,
    );
    expect(mock.sessions.size).toBe(0);
  });
});

describe('questions', () => {
  const onSystems = (fault: Fault, most: number) =>
    mock.misbehave(({ path }, nth) => (path.endsWith('/Systems') && nth < most ? fault : undefined));

  test.each<[string, Fault]>([
    ['503', { kind: 'status', status: 503 }],
    ['500', { kind: 'status', status: 500 }],
    ['429', { kind: 'status', status: 429 }],
    ['a cut', { kind: 'cut', done: false }],
    ['an answer that is cut off', { kind: 'cut', done: true }],
    ['slowness', { kind: 'slow', delayMs: 100 }],
  ])('%s passes', async (_name, fault) => {
    onSystems(fault, 3);
    expect(await atMock(mock, discover, said)).toMatchObject({ power: 'On' });
  });

  test('Retry-After is kept', async () => {
    onSystems({ kind: 'status', status: 503, headers: { 'retry-after': '1' } }, 1);
    const startedMs = performance.now();
    await atMock(mock, discover, said);
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  test.each<[string, Fault, string, number]>([
    ['503 for ever', { kind: 'status', status: 503 }, 'bmc-busy', quickPace.attempts],
    ['cuts for ever', { kind: 'cut', done: false }, 'bmc-cut', quickPace.attempts],
    ['silence', { kind: 'silent', done: false }, 'bmc-timeout', 3],
    ['an answer without an end', { kind: 'huge' }, 'bmc-oversize', 1],
    [
      'a page for people',
      { kind: 'text', text: '<html>Log in</html>', type: 'text/html' },
      'bmc-answer-invalid',
      1,
    ],
    [
      'JSON that is no object',
      { kind: 'text', text: '[1]', type: 'application/json' },
      'bmc-answer-invalid',
      1,
    ],
    [
      'JSON that ends early',
      { kind: 'text', text: '{"Members": [', type: 'application/json' },
      'bmc-answer-invalid',
      1,
    ],
    ['nothing', { kind: 'text', text: '', type: 'application/json' }, 'bmc-answer-invalid', 1],
    ['a redirect to itself', { kind: 'redirect', location: '/redfish/v1/Systems' }, 'bmc-answer-invalid', 5],
    [
      'a redirect elsewhere',
      { kind: 'redirect', location: 'https://example.com/redfish/v1/Systems' },
      'bmc-answer-invalid',
      1,
    ],
    [
      'a redirect to plain HTTP',
      { kind: 'redirect', location: 'http://127.0.0.1/redfish/v1' },
      'bmc-answer-invalid',
      1,
    ],
    ['403', { kind: 'status', status: 403 }, 'bmc-not-allowed', 1],
    ['404', { kind: 'status', status: 404 }, 'bmc-resource-missing', 1],
    [
      'a reference elsewhere',
      {
        kind: 'status',
        status: 200,
        body: { Members: [{ '@odata.id': 'https://example.com/redfish/v1/Systems/1' }] },
      },
      'bmc-answer-invalid',
      1,
    ],
  ])('%s is told', async (_name, fault, code, asked) => {
    onSystems(fault, 99);
    const pace = fault.kind === 'silent' ? impatientPace : quickPace;
    const failure = await failureOf(atMock(mock, discover, said, { pace }));
    expect(failure.code).toBe(code);
    expect(failure.where ?? '').toContain('127.0.0.1');
    expect(mock.requests.filter(({ path }) => path.endsWith('/Systems'))).toHaveLength(asked);
    expect(mock.sessions.size).toBe(0);
    expectNoSecret(textOf(failure));
  });

  test('a collection without an end', async () => {
    mock.misbehave(({ path }) =>
      path.includes('/Systems')
        ? {
            kind: 'status',
            status: 200,
            body: { Members: [], 'Members@odata.nextLink': '/redfish/v1/Systems' },
          }
        : undefined,
    );
    expect((await failureOf(atMock(mock, discover, said))).seen).toContain('without an end');
    expect(mock.requests.length).toBeLessThan(40);
  });

  test('what a BMC says is shown, with what it advises', async () => {
    const { status, body = {} } = refusal(
      403,
      'IDRAC.2.8.LIC501',
      'A required license is missing.',
      'Install the license.',
    );
    onSystems({ kind: 'status', status, body }, 9);
    const failure = await failureOf(atMock(mock, discover, said));
    expect(failure.seen).toBe('HTTP 403: A required license is missing. (IDRAC.2.8.LIC501)');
    expect(failure.next).toContain('Install the license.');
  });

  test('no BMC there', async () => {
    await mock.close();
    const failure = await failureOf(atMock(mock, discover, said));
    expect(failure.code).toBe('bmc-unreachable');
    mock = await startMockBmc();
  });

  test('several systems are told apart by name', async () => {
    const paths = ['/redfish/v1/Systems/System.Embedded.1', '/redfish/v1/Systems/other'];
    const members = { Members: paths.map((path) => ({ '@odata.id': path })) };
    mock.misbehave(({ path }) => {
      if (path.endsWith('/Systems')) return { kind: 'status', status: 200, body: members };
      return path.endsWith('/other') ? { kind: 'status', status: 200, body: { Id: 'other' } } : undefined;
    });
    const failure = await failureOf(atMock(mock, discover, said));
    expect(failure).toMatchObject({ code: 'bmc-system-ambiguous', seen: 'System.Embedded.1, other' });
    const named = (id: string) => RedfishClient.with(clientOptions(mock), (client) => openBmc(client, id));
    expect((await named('System.Embedded.1')).system.path).toBe(paths[0]);
    expect((await failureOf(named('third'))).code).toBe('bmc-system-ambiguous');
  });
});

describe('changes', () => {
  const mounting = () => atMock(mock, (bmc) => mount(bmc, ISO, media), said);

  test('an answer that is lost after the work: looked at, not repeated', async () => {
    onInsert({ kind: 'cut', done: true });
    expect(await mounting()).toMatchObject({ changed: true });
    expect(inserts()).toHaveLength(1);
  });

  test('a time limit that passes after the work: the same', async () => {
    onInsert({ kind: 'silent', done: true });
    const work = atMock(mock, (bmc) => mount(bmc, ISO, media), said, { pace: impatientPace });
    expect(await work).toMatchObject({ changed: true });
    expect(inserts()).toHaveLength(1);
  });

  test('a cut before the work: tried once more when the medium does not come', async () => {
    onInsert({ kind: 'cut', done: false });
    expect(await mounting()).toMatchObject({ changed: true });
    expect(inserts()).toHaveLength(2);
  });

  test('busy means not done, so it is asked again', async () => {
    onInsert({ kind: 'status', status: 503, headers: { 'retry-after': '0' } }, 2);
    expect(await mounting()).toMatchObject({ changed: true });
    expect(inserts()).toHaveLength(3);
  });

  test('an image that the BMC cannot get is told at once', async () => {
    const { status, body = {} } = refusal(
      500,
      'IDRAC.2.8.RAC0904',
      'The remote file location is not accessible or reachable.',
    );
    onInsert({ kind: 'status', status, body }, 9);
    const failure = await failureOf(mounting());
    expect(failure).toMatchObject({ code: 'bmc-image-unreachable', where: ISO });
    expect(inserts()).toHaveLength(1);
  });

  test('a BMC that wants to be told the protocol', async () => {
    const { status, body = {} } = refusal(
      400,
      'Base.1.5.ActionParameterMissing',
      'TransferProtocolType is missing.',
    );
    onInsert({ kind: 'status', status, body });
    await mounting();
    expect(inserts().map(({ body: sent }) => sent.TransferProtocolType)).toEqual([undefined, 'HTTP']);
  });

  test('a BMC that knows only the image', async () => {
    const { status, body = {} } = refusal(400, 'Base.1.5.ActionParameterUnknown', 'Inserted is unknown.');
    onInsert({ kind: 'status', status, body });
    await mounting();
    expect(inserts().map(({ body: sent }) => Object.keys(sent))).toEqual([
      ['Image', 'Inserted', 'WriteProtected'],
      ['Image'],
    ]);
  });

  test('no If-Match with actions, which iDRAC refuses', async () => {
    mock.machine.troubles.etags = 'needed';
    await mounting();
    expect(inserts().map(({ ifMatch }) => ifMatch)).toEqual([undefined]);
  });

  test.each(['needed', 'stale-once', 'broken'] as const)('ETags: %s', async (etags) => {
    mock.machine.troubles.etags = etags;
    mock.machine.attributes['VirtualMedia.1.Attached'] = 'Detached';
    expect(await mounting()).toMatchObject({ changed: true });
    expect(mock.machine.attributes['VirtualMedia.1.Attached']).toBe('AutoAttach');
  });
});

describe('tasks', () => {
  const mounting = () => atMock(mock, (bmc) => mount(bmc, ISO, media), said);

  test('one that ends well', async () => {
    mock.machine.troubles.tasks = 'done';
    expect(await mounting()).toMatchObject({ changed: true });
    expect(said.join()).toContain('task for the virtual medium: 30 %');
  });

  test('one that vanishes: what is there decides', async () => {
    mock.machine.troubles.tasks = 'vanished';
    expect(await mounting()).toMatchObject({ changed: true });
    expect(inserts()).toHaveLength(1);
  });

  test('one that fails', async () => {
    mock.machine.troubles.tasks = 'failed';
    const failure = await failureOf(mounting());
    expect(failure).toMatchObject({ code: 'bmc-task-failed', seen: 'Job failed. (IDRAC.2.8.SYS055)' });
    expect(mock.sessions.size).toBe(0);
  });

  test('one that never ends', async () => {
    mock.machine.troubles.tasks = 'endless';
    const failure = await failureOf(mounting());
    expect(failure).toMatchObject({ code: 'bmc-time-limit' });
    expect(failure.message).toContain('does not end');
  });

  test('a session that ends while a task runs', async () => {
    mock.machine.troubles.tasks = 'done';
    mock.misbehave(({ path }, nth) =>
      path.includes('/Tasks/') && nth === 1 ? { kind: 'expired' } : undefined,
    );
    expect(await mounting()).toMatchObject({ changed: true });
    expect(mock.sessions.size).toBe(0);
  });
});
