/** `basalt-agent health` with the real QuickJS, sh and timeout, on a made-up machine. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { HealthRecord } from '../../src/agent/health/record.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { compiledAgent } from '../support/agent-machine.ts';
import { LoneMachine } from '../support/lone-machine.ts';
import { testToolbox } from '../support/toolbox.ts';

let toolbox: Toolbox;
let bundle: Awaited<ReturnType<typeof compiledAgent>>;
let machine: LoneMachine;

beforeAll(async () => {
  toolbox = await testToolbox();
  bundle = await compiledAgent();
});
afterAll(() => bundle.remove());
beforeEach(async () => {
  machine = await LoneMachine.make({ toolbox, agent: bundle.folder }, 'node1');
});
afterEach(() => machine.remove());

const check = (name: string, script: string) =>
  machine.write({ [`/etc/basalt/health.d/${name}`]: `#!/bin/sh\n${script}\n` }, 0o755);

async function record(): Promise<HealthRecord> {
  return JSON.parse((await machine.text('/var/lib/basalt/update/health.json')) ?? 'null') as HealthRecord;
}

/** What `systemctl list-units` says. */
const units = (text: string) =>
  machine.fake('systemctl', `case $1 in list-units) printf '%s' '${text}' ;; *) exit 3 ;; esac`);

test('a machine without checks is well, and only --record keeps it', async () => {
  await units('');
  expect(await machine.agent('health', 'check')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/this machine is well/),
  });
  expect(await record()).toBeNull();
  expect((await machine.agent('health', 'status')).stderr).toMatch(/there is no result yet/);
  expect((await machine.agent('health', 'check', '--record')).exitCode).toBe(0);
  expect(await record()).toEqual({
    version: '2.0',
    bootId: 'boot-1',
    at: expect.stringMatching(/Z$/),
    good: true,
    problems: [],
  });
  expect(await machine.agent('health', 'status')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^well +version 2\.0/),
  });
});

test("the owner's checks run in their order, and the end of what a bad one said is kept", async () => {
  await units('');
  await check('20-second', 'echo second >> /machine/order; exit 0');
  await check('10-first', 'echo first >> /machine/order');
  await check(
    '30-third',
    'echo third >> /machine/order; seq 1 5000; printf "no answer \\033[2Jfrom \\"web\\"" >&2; exit 7',
  );
  await check('.hidden', 'exit 1');
  await machine.write({ '/etc/basalt/health.d/README': 'exit 1\n' });
  const { exitCode, stderr } = await machine.agent('health', 'check');
  expect(exitCode).toBe(1);
  expect(await machine.text('/order')).toBe('first\nsecond\nthird\n');
  expect(stderr).toMatch(
    /warning: \/etc\/basalt\/health\.d\/README is passed over: it is no executable file/,
  );
  expect(stderr).toMatch(
    /error: \/etc\/basalt\/health\.d\/30-third ended with 7: 4997 \/ 4998 \/ 4999 \/ 5000 \/ no answer .*from "web"/,
  );
  expect(stderr).not.toMatch(/hidden/);
});

test('what may end well by itself is waited for, and what passed is not asked again', async () => {
  await units('');
  await check('10-once', 'echo once >> /machine/order');
  await check('20-slow', 'echo x >> /machine/tries; [ "$(wc -l < /machine/tries)" -ge 3 ]');
  const { exitCode, stderr } = await machine.agent('health', 'check', '--record');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stderr.match(/not well yet/g)).toHaveLength(1);
  expect(await machine.text('/order')).toBe('once\n');
  expect(await machine.text('/tries')).toBe('x\nx\nx\n');
});

test('a failure is kept, shown above the prompt, and gone when the machine is well again', async () => {
  // The machine has been up for longer than the limit: half a minute of patience is left.
  await machine.write({ '/proc/uptime': '5000.00 90.00\n' });
  await machine.fake('journalctl', 'echo "first line"; echo "cannot open /etc/docker/daemon.json"');
  await units('docker.service loaded failed failed Docker\nbasalt-health.service loaded failed failed Own\n');
  const { exitCode, stderr } = await machine.agent('health', 'check', '--record');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/this machine is not well/);
  expect(await record()).toMatchObject({
    good: false,
    problems: ['docker.service failed: first line / cannot open /etc/docker/daemon.json'],
  });
  expect(await machine.text('/run/issue.d/65-basalt-health.issue')).toMatch(
    /not well:\n {2}docker\.service failed/,
  );
  const shown = await machine.agent('health', 'status', '--json');
  expect(shown.exitCode).toBe(1);
  expect(JSON.parse(shown.stdout)).toMatchObject({ basaltHealth: 1, good: false, version: '2.0' });

  await machine.settings({ ALLOW_DEGRADED: 'true' });
  const allowed = await machine.agent('health', 'check', '--record');
  expect(allowed).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/warning: docker\.service failed/),
  });
  expect(await machine.text('/run/issue.d/65-basalt-health.issue')).toBeUndefined();
});

test('a check that hangs is ended after a minute, with what it said', async () => {
  await units('');
  await check('10-hangs', 'echo asking; sleep 600');
  const { exitCode, stderr } = await machine.agent('health', 'check');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/10-hangs did not end within 60 s: asking/);
});

test.each([
  [['health']],
  [['health', 'cure']],
  [['health', 'check', '--all']],
  [['reboot']],
  [['reboot', 'toString']],
])('%j is refused as a command line', async (command) => {
  expect((await machine.agent(...command)).exitCode).toBe(2);
});
