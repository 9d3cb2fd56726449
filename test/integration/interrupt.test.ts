/** Builds that are interrupted or killed at many moments: nothing stays behind, and the next build just works. */
import { readdir, writeFile } from 'node:fs/promises';
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
    bytesPerSecond: 4 * 1024 * 1024,
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
  /** At most so long after it. */
  readonly withinMs: number;
}

const started = (stage: string) => (event: ReportEvent) =>
  event.type === 'stage-start' && event.stage === stage;
const ended = (stage: string) => (event: ReportEvent) => event.type === 'stage-end' && event.stage === stage;

/** In the order in which a build that continues where the last one stopped comes to them. */
const moments: readonly Moment[] = [
  { name: 'at the start', event: ({ type }) => type === 'plan', withinMs: 100 },
  { name: 'while fetching', event: started('fetch-root'), withinMs: 1500 },
  { name: 'while fetching again', event: started('fetch-root'), withinMs: 1500 },
  { name: 'while installing', event: started('packages'), withinMs: 1000 },
  { name: 'while installing, later', event: started('packages'), withinMs: 5000 },
  { name: 'while the initrd is made', event: started('initrd'), withinMs: 3000 },
  { name: 'while the root image is made', event: started('root'), withinMs: 700 },
  { name: 'while the disk is made', event: started('disk'), withinMs: 500 },
  { name: 'while the image is put out', event: ended('disk'), withinMs: 100 },
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
  const sent = sentAt !== undefined && Number.isFinite(sentAt);
  return { outcome, tookMs: outcome.endedAt - (sentAt ?? 0), sent };
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
    for (const moment of moments) {
      const delayMs = Math.random() * moment.withinMs;
      const { outcome, tookMs, sent } = await struck(moment, delayMs, signal, store);
      const where = `${signal} ${moment.name}, after ${delayMs.toFixed(0)} ms`;
      log.push(`${where}: exit ${outcome.exitCode}, ${tookMs.toFixed(0)} ms`);
      if (!sent) {
        // The build was quicker: then it must have succeeded.
        expect(outcome.exitCode, `${log.join('\n')}\n${outcome.stderr}`).toBe(0);
        continue;
      }
      if (signal === 'SIGKILL') expect([undefined, 0], log.join('\n')).toContain(outcome.exitCode);
      else {
        expect(
          [130, 0],
          `${log.join('\n')}\n${JSON.stringify(outcome.events.slice(-3))}\n${outcome.stderr}`,
        ).toContain(outcome.exitCode);
        expect(tookMs, log.join('\n')).toBeLessThan(STOP_MS);
        // Who is asked to stop cleans up; who is killed leaves that to the next build.
        expect(await temporaryFiles(folder), where).toEqual([]);
      }
      await expectSound(store);
    }
    process.stderr.write(`${log.join('\n')}\n`);

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
  const first = startBasalt([...args, '--output', join(folder, 'one')], { store });
  let waitedFor: string | undefined;
  const second = startBasalt([...args, '--output', join(folder, 'two')], {
    store,
    onEvent: (event, { pid }) => {
      if (event.type !== 'message' || !event.text.startsWith('waiting for another build to finish')) return;
      waitedFor ??= reference.plan.stages.find(({ id }) => id === event.stage)?.digest;
      process.kill(pid, 'SIGKILL');
    },
  });
  await second.done;
  // A helper that waits for a lock names it on its command line; one that holds it does not any more.
  expect(waitedFor).toBeDefined();
  expect(await untilNothingLeft(join(store, 'locks', waitedFor ?? ''))).toEqual([]);
  expect((await first.done).exitCode).toBe(0);
  expect(await imageDigests(join(folder, 'one'))).toEqual(reference.digests);
});
