import { expect, test } from 'vitest';
import { Executor, type ExecutorOptions } from '../../../src/build/executor.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { Store } from '../../../src/store/store.ts';

/** An executor that has no stage to run. */
function executor(signal: AbortSignal): Executor {
  const options = { plan: { stages: [] }, store: new Store('/not/there'), offline: true, signal };
  return new Executor(options as unknown as ExecutorOptions);
}

/** Work that goes on until a signal ends it. */
function until(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended by a signal')));
  });
}

test('the first failure ends all other work of a build, and is what is told of each', async () => {
  const build = executor(new AbortController().signal);
  const first = new Error('the first');
  const told = await Promise.allSettled([
    build.together(until(build.signal)),
    build.together(Promise.reject(first)),
  ]);
  expect(told).toEqual([
    { status: 'rejected', reason: first },
    { status: 'rejected', reason: first },
  ]);
});

test('whoever ends a build is told that, whatever broke by it', async () => {
  const interrupt = new AbortController();
  const build = executor(interrupt.signal);
  const work = build.together(until(build.signal));
  interrupt.abort();
  await expect(work).rejects.toBeInstanceOf(InterruptedError);
});
