/** Two servers with twenty machines each, at once; servers that are killed; a machines.yaml that changes under them. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { formatSize } from '../../src/units.ts';
import { installArguments, pathOf, send } from '../support/provision/http-place.ts';
import { installItself, type Story } from '../support/provision/machine.ts';
import { makeBootBuild, ProvisionPlace, ServeProcess } from '../support/provision/server.ts';

const MACHINES = 20;
/** Rounds of killing. */
const KILLS = 4;
const PORTS = [18_180, 18_280] as const;
/** A server that kept every answer, or every connection, would need more. */
const MEMORY_BYTES = 400 * 1024 * 1024;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const hex = (number: number) => number.toString(16).padStart(2, '0');
const macOf = (index: number) => `52:54:00:aa:00:${hex(index)}`;

/** Half by MAC, a quarter by service tag, a quarter by model alone. */
function machinesYaml(port: number, names: string, count = MACHINES): string {
  const entries = Array.from({ length: count }, (_, index) => {
    const select =
      index % 4 < 2 ? `{mac: "${macOf(index)}"}` : `{serviceTag: TAG${index}, vendor: Dell Inc.}`;
    return index % 4 === 3
      ? ''
      : `  - {name: ${names}-${index}, group: hosts, select: ${select}, disk: {serial: DISK${index}}}\n`;
  });
  return `network: {interface: lo, address: 127.0.0.1, dhcp: none, httpPort: ${port}}
status: {port: ${port + 1}}
groups:
  hosts:
    image: live
    disk: {smallest: any}
    config:
      template: docker-host
      values: {name: "{name}", ssh-key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJf1lzVx8lVbCq3Fr0ZQ5Fj2Yk4bq1m3n5o7p9r1t3v5}
machines:
${entries.join('')}  - name: ${names}-rest
    group: hosts
    select: {vendor: Dell Inc., model: PowerEdge*}
    config: {values: {name: "${names}-{service-tag}"}}
`;
}

const queryOf = (index: number) =>
  `mac=${macOf(index)}&serial=TAG${index}&vendor=Dell%20Inc.&model=PowerEdge%20R650&uuid=4c4c4544-0000-4000-8000-0000000000${hex(index)}`;

async function startPlace(text: string): Promise<{ place: ProvisionPlace; server: ServeProcess }> {
  const place = await ProvisionPlace.make();
  cleanups.push(() => place.remove());
  await place.write(text);
  const server = await ServeProcess.start(place);
  cleanups.push(() => server.stop());
  return { place, server };
}

/** The most memory that a process had, by the kernel's count (proc(5), VmHWM). */
async function peakBytes(server: ServeProcess): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

const percentile = (values: readonly number[], part: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;

test('two servers, twenty machines each, all at once: each gets its own, and no token twice', async () => {
  const names = ['east', 'west'] as const;
  const servers = [];
  for (const [index, name] of names.entries())
    servers.push(await startPlace(machinesYaml(PORTS[index] ?? 0, name)));
  const startedAt = performance.now();
  const stories = await Promise.all(
    PORTS.map((port) =>
      Promise.all(Array.from({ length: MACHINES }, (_, index) => installItself(port, queryOf(index)))),
    ),
  );
  const tookMs = performance.now() - startedAt;

  for (const [at, name] of names.entries()) {
    const ofServer = stories[at] as readonly Story[];
    for (const [index, story] of ofServer.entries()) {
      const isRest = index % 4 === 3;
      const own = isRest ? `${name}-tag${index}` : `${name}-${index}`;
      expect(story.name).toBe(isRest ? `${name}-rest` : own);
      expect(story.config).toMatch(new RegExp(`^hostname: ${own}$`, 'm'));
      expect(story.disk).toBe(isRest ? 'smallest-any' : `serial:DISK${index}`);
    }
    expect(new Set(ofServer.map(({ initrd }) => initrd)).size).toBe(1);
    const status = await servers[at]?.server.status();
    expect(status?.map(({ text }) => text)).toEqual(Array(MACHINES).fill('running 1.0.0'));
  }
  const tokens = stories.flat().flatMap((story) => story.tokens);
  expect(new Set(tokens).size).toBe(MACHINES * 4);

  const latencies = stories.flat().flatMap(({ latenciesMs }) => latenciesMs);
  const peaks = await Promise.all(servers.map(({ server }) => peakBytes(server)));
  process.stdout.write(
    `provision: ${MACHINES * 2} machines on 2 servers in ${Math.round(tookMs)} ms; ${latencies.length} answers, median ${percentile(latencies, 0.5).toFixed(1)} ms, 99 % below ${percentile(latencies, 0.99).toFixed(1)} ms; peak memory ${peaks.map(formatSize).join(' and ')}\n`,
  );
  for (const peak of peaks) expect(peak).toBeLessThan(MEMORY_BYTES);
  // A machine of one server is nobody to the other.
  const token = stories[0]?.[0]?.tokens[1];
  expect((await send(PORTS[1], `/v1/machines/525400aa0000/config?token=${token}`)).status).toBe(403);
}, 240_000);

test('a server that is killed while it gives configurations gives none of them twice', async () => {
  const { place, server } = await startPlace(machinesYaml(PORTS[0], 'node'));
  let running = server;
  for (let round = 0; round < KILLS; round++) {
    const given = await Promise.all(
      Array.from({ length: MACHINES }, async (_, index) => {
        return installArguments((await send(PORTS[0], `/v1/ask.ipxe?${queryOf(index)}`)).text);
      }),
    );
    const paths = given.map((each) => pathOf(each.get('config')));
    const before = paths.map((path) =>
      send(PORTS[0], path).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await pause(5 * round);
    await running.kill();
    const first = await Promise.all(before);

    running = await ServeProcess.start(place);
    const now = running;
    cleanups.push(() => now.stop());
    const second = await Promise.all(paths.map(async (path) => (await send(PORTS[0], path)).status));
    for (const [index, status] of first.entries()) {
      // What was given is given; what was lost on the way may be, or is not any more.
      if (status === 200) expect(second[index]).toBe(410);
      else expect([200, 410]).toContain(second[index]);
    }
    const third = await Promise.all(paths.map(async (path) => (await send(PORTS[0], path)).status));
    expect(third).toEqual(paths.map(() => 410));
    expect(await now.status()).toHaveLength(MACHINES);
  }
}, 400_000);

test('machines.yaml is read again when it changes; one that is wrong changes nothing', async () => {
  const { place, server } = await startPlace(machinesYaml(PORTS[0], 'old'));
  const nameNow = async () => {
    const { text } = await send(PORTS[0], `/v1/ask.ipxe?${queryOf(0)}`);
    return /Basalt: (\S+) installs/.exec(text)?.[1];
  };
  expect(await nameNow()).toBe('old-0');
  await place.write(machinesYaml(PORTS[0], 'new').replace('dhcp: none', 'dhcp: nine'));
  await server.line(/cannot be used; the one before stays in force/);
  expect(await server.line(/machines\.yaml:1:\d+: network\.dhcp is "nine"/)).toContain('none');
  expect(await nameNow()).toBe('old-0');
  await makeBootBuild(place.images, 'live', '1.1.0');
  await place.write(machinesYaml(PORTS[0], 'new', 4));
  await server.line(/machines\.yaml changed: 4 entries, 16 before/);
  expect(await nameNow()).toBe('new-0');
  expect((await server.status())[0]).toMatchObject({ name: 'new-0', version: '1.1.0' });
}, 120_000);
