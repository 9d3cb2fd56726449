/** Builds that are interrupted or killed at many moments: nothing stays behind, and the next build just works. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatLock } from '../../src/packages/lock.ts';
import type { ReportEvent } from '../../src/report/events.ts';
import { Store } from '../../src/store/store.ts';
import {
  type BasaltOptions,
  basaltOk,
  cloneStore,
  imageDigests,
  type Outcome,
  type Reference,
  type Running,
  referenceBuild,
  startBasalt,
  temporaryFiles,
  tinyRecipe,
  untilNothingLeft,
  workFolder,
  wrongObjects,
} from '../support/builder.ts';
import { lockOn, type Mirror, packagesOf, startMirror } from '../support/mirror.ts';

/** What the issue promises, and a busy machine's share. */
const STOP_MS = 2_000;

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;
let mirror: Mirror;
let folder: string;
let args: readonly string[];

beforeAll(async () => {
  work = await workFolder('interrupt');
  reference = await referenceBuild();
  // Slow enough to be met while it serves.
  mirror = await startMirror(packagesOf(reference.lock, new Store(reference.store)), () => ({
    kind: 'slow',
    bytesPerSecond: 1024 * 1024,
  }));
  const lockFile = join(work.path, 'moved.lock.json');
  await writeFile(lockFile, formatLock(lockOn(reference.lock, mirror.address)));
  args = ['build', tinyRecipe, '--version', '1.0', '--locked', lockFile];
});

afterAll(async () => {
  await mirror?.close();
  await work?.remove();
});

beforeEach(({ task }) => {
  folder = join(work.path, task.id);
});

afterEach(async () => {
  expect(await untilNothingLeft(folder)).toEqual([]);
});

/** A moment in a build: so long after an event. */
interface Moment {
  readonly name: string;
  readonly event: (event: ReportEvent) => boolean;
  /** At most so long after it: less than the stage takes on a quick machine. */
  readonly withinMs: number;
  /** Stages whose records are removed before, so that the moment comes. */
  readonly again?: readonly string[];
}

const started = (stage: string) => (event: ReportEvent) =>
  event.type === 'stage-start' && event.stage === stage;
const ended = (stage: string) => (event: ReportEvent) => event.type === 'stage-end' && event.stage === stage;

/** In the order in which a build that continues where the last one stopped comes to them. */
const moments: readonly Moment[] = [
  { name: 'at the start', event: ({ type }) => type === 'plan', withinMs: 100 },
  { name: 'while fetching', event: started('fetch-root'), withinMs: 800 },
  { name: 'while fetching again', event: started('fetch-root'), withinMs: 800 },
  { name: 'while installing', event: started('packages'), withinMs: 1000 },
  { name: 'while installing, later', event: started('packages'), withinMs: 3000 },
  { name: 'while the initrd is made', event: started('initrd'), withinMs: 2000, again: ['initrd', 'uki'] },
  { name: 'while the root image is made', event: started('root'), withinMs: 400, again: ['root'] },
  { name: 'while the disk is made', event: started('disk'), withinMs: 300, again: ['disk'] },
  { name: 'while the image is put out', event: ended('disk'), withinMs: 50, again: ['disk'] },
];

/** Runs a build and sends it a signal at a moment. Gives the time from the signal to the end. */
async function struck(
  moment: Moment,
  delayMs: number,
  signal: 'SIGINT' | 'SIGKILL',
  store: string,
): Promise<{ outcome: Outcome; tookMs: number; sent: boolean }> {
  let sentAt: number | undefined;
  const onEvent: BasaltOptions['onEvent'] = (event, { pid }) => {
    if (sentAt !== undefined || !moment.event(event)) return;
    sentAt = Number.POSITIVE_INFINITY;
    void pause(delayMs).then(() => {
      sentAt = performance.now();
      // Ctrl-C reaches the whole foreground group of a terminal; SIGKILL is for one process.
      try {
        process.kill(signal === 'SIGINT' ? -pid : pid, signal);
      } catch {
        // It had ended.
        sentAt = undefined;
      }
    });
  };
  const outcome = await startBasalt([...args, '--output', join(folder, 'out')], { store, onEvent }).done;
  // A signal that comes after the last event finds a process that only has to end.
  const finished = outcome.events.some((event) => event.type === 'end' && event.ok);
  const sent = !finished && sentAt !== undefined && Number.isFinite(sentAt);
  return { outcome, tookMs: outcome.endedAt - (sentAt ?? 0), sent };
}

/** Makes stages needed again. */
async function forget(store: string, stages: readonly string[]): Promise<void> {
  for (const { id, digest } of reference.plan.stages) {
    if (stages.includes(id))
      await rm(join(store, 'records', digest.slice(0, 2), `${digest}.json`), { force: true });
  }
}

async function expectSound(store: string): Promise<void> {
  expect(await untilNothingLeft(folder)).toEqual([]);
  expect(await wrongObjects(store)).toEqual([]);
}

describe.each(['SIGINT', 'SIGKILL'] as const)('%s', (signal) => {
  it('at any moment leaves nothing behind, and the next build just works', async () => {
    const store = join(folder, 'store');
    await cloneStore(reference, store, { packages: false, stages: [] });
    const log: string[] = [];
    let struckCount = 0;
    for (const moment of moments) {
      await forget(store, moment.again ?? []);
      const delayMs = Math.random() * moment.withinMs;
      const { outcome, tookMs, sent } = await struck(moment, delayMs, signal, store);
      const where = `${signal} ${moment.name}, after ${delayMs.toFixed(0)} ms`;
      log.push(`${where}: ${sent ? `exit ${outcome.exitCode}, ${tookMs.toFixed(0)} ms` : 'finished before'}`);
      const told = `${log.join('\n')}\n${JSON.stringify(outcome.events.slice(-3))}\n${outcome.stderr}`;
      if (!sent) {
        expect(outcome.events.at(-1), told).toMatchObject({ ok: true });
        continue;
      }
      struckCount++;
      if (signal === 'SIGKILL') expect(outcome.exitCode, told).toBeUndefined();
      else {
        expect(outcome.exitCode, told).toBe(130);
        expect(tookMs, told).toBeLessThan(STOP_MS);
        // Who is asked to stop cleans up; who is killed leaves that to the next build.
        expect(await temporaryFiles(folder), told).toEqual([]);
      }
      await expectSound(store);
    }
    // A moment may pass before the signal comes, but not most of them.
    expect(struckCount, log.join('\n')).toBeGreaterThan(moments.length / 2);

    const outcome = await basaltOk([...args, '--output', join(folder, 'out')], { store });
    expect(outcome.exitCode).toBe(0);
    expect(await imageDigests(join(folder, 'out'))).toEqual(reference.digests);
    expect(await temporaryFiles(folder)).toEqual([]);
    expect(await readdir(join(store, 'parts'))).toEqual([]);
    expect((await readdir(join(folder, 'out'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

it('SIGKILL while a build waits for another leaves no process that waits on', async () => {
  const store = join(folder, 'store');
  await cloneStore(reference, store, { packages: true, stages: [] });
  let first: Running | undefined;
  // The second comes when the first is busy for seconds.
  await new Promise<void>((busy) => {
    first = startBasalt([...args, '--output', join(folder, 'one')], {
      store,
      onEvent: (event) => void (started('packages')(event) && busy()),
    });
  });
  let waitedFor: string | undefined;
  const second = startBasalt([...args, '--output', join(folder, 'two')], {
    store,
    onEvent: (event, { pid }) => {
      if (event.type !== 'message' || !event.text.startsWith('waiting for another build to finish')) return;
      waitedFor ??= reference.plan.stages.find(({ id }) => id === event.stage)?.digest;
      process.kill(pid, 'SIGKILL');
    },
  });
  const killed = await second.done;
  // A helper that waits for a lock names it on its command line; one that holds it does not any more.
  expect(waitedFor, `${JSON.stringify(killed.events)}\n${killed.stderr}`).toBeDefined();
  expect(await untilNothingLeft(join(store, 'locks', waitedFor ?? ''))).toEqual([]);
  expect((await first?.done)?.exitCode).toBe(0);
  expect(await imageDigests(join(folder, 'one'))).toEqual(reference.digests);
});

it.each(['SIGINT', 'SIGKILL'] as const)(
  '%s while the tools tree is made leaves nothing mounted',
  async (signal) => {
    const store = join(folder, 'store');
    const making = (event: ReportEvent) =>
      event.type === 'message' && event.text.startsWith('making the tools tree');
    let sentAt = 0;
    const run = startBasalt([...args, '--output', join(folder, 'out')], {
      store,
      onEvent: (event, { pid }) => {
        if (!making(event)) return;
        // By then it has mounted /dev and the like, which the removal of the folder must never meet.
        void untilSomeMounted(folder).then(() => {
          sentAt = performance.now();
          process.kill(signal === 'SIGINT' ? -pid : pid, signal);
        });
      },
    });
    const outcome = await run.done;
    expect(outcome.exitCode).toBe(signal === 'SIGINT' ? 130 : undefined);
    if (signal === 'SIGINT') expect(outcome.endedAt - sentAt).toBeLessThan(STOP_MS);
    expect(sentAt).toBeGreaterThan(0);
    expect(await untilNothingLeft(folder)).toEqual([]);
    if (signal === 'SIGINT') expect(await temporaryFiles(folder)).toEqual([]);
  },
);

/** Waits until a process has mounts below a folder, in whatever namespace. */
async function untilSomeMounted(path: string): Promise<void> {
  for (let waits = 0; waits < 2000; waits++) {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
      if (mounts.includes(path)) return;
    }
    await pause(50);
  }
}
