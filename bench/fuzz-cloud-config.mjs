// Random and mutated user data through the reader that the agent has: no crash, no hang, no answer that makes no sense.
//   npm run fuzz -- [--count N] [--seconds S] [--seed N] [--workers N] [--index N]
// An input is known by its seed and index: --seed and --index run that one alone, and print it.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const root = fileURLToPath(new URL('..', import.meta.url));
/** An input that takes longer hangs. */
const HANG_MS = 10_000;
/** Inputs between two looks at the clock. */
const STEP = 200;

if (isMainThread) await main();
else await work(workerData);

async function main() {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '3600' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      workers: { type: 'string', default: String(availableParallelism()) },
      index: { type: 'string' },
    },
  });
  const { count, seconds, seed, workers } = Object.fromEntries(
    ['count', 'seconds', 'seed', 'workers'].map((name) => [name, Number(values[name])]),
  );
  const folder = await mkdtemp(join(tmpdir(), 'basalt-fuzz-'));
  try {
    const bundle = await makeBundle(folder);
    if (values.index !== undefined) return await showOne(bundle, seed, Number(values.index));
    const startedAt = Date.now();
    const runs = await Promise.all(
      Array.from({ length: workers }, (_, first) =>
        runWorker({ bundle, seed, first, step: workers, count, endAt: startedAt + seconds * 1000 }),
      ),
    );
    report(runs, { seed, count, durationMs: Date.now() - startedAt });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The reader with the generator of inputs, as one module. */
async function makeBundle(folder) {
  const { build } = await import('esbuild');
  const outfile = join(folder, 'fuzz.mjs');
  await build({
    stdin: {
      contents: `export { readUserData } from './src/cloud-config/read.ts';
export { fuzzInput } from './test/support/fuzz-input.ts';
export { checkAnswer } from './test/support/user-data-answer.ts';`,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    outfile,
    logLevel: 'warning',
  });
  return pathToFileURL(outfile).href;
}

function corpus() {
  const folder = join(root, 'test/fixtures/cloud-config');
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

async function showOne(bundle, seed, index) {
  const { fuzzInput, readUserData, checkAnswer } = await import(bundle);
  const text = fuzzInput(corpus(), seed, index);
  console.log(JSON.stringify(text));
  const answer = readUserData(text, { file: 'x' });
  console.log(JSON.stringify(answer, null, 2));
  checkAnswer(text, answer);
}

/** Ends with the worker's result; fails when an input hangs. */
function runWorker(data) {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...data, shared } });
  return new Promise((resolve) => {
    let seen = -1;
    let since = Date.now();
    const watch = setInterval(() => {
      const now = Atomics.load(shared, 0);
      if (now !== seen) {
        seen = now;
        since = Date.now();
      } else if (Date.now() - since > HANG_MS)
        end({ done: now, failure: { index: data.first + now * data.step, what: 'hangs' } });
    }, 500);
    const end = (result) => {
      clearInterval(watch);
      void worker.terminate();
      resolve({ kinds: {}, slowest: { ms: 0, index: 0 }, ...result });
    };
    worker.on('message', end);
    worker.on('error', (error) => {
      const done = Atomics.load(shared, 0);
      end({ done, failure: { index: data.first + done * data.step, what: error.stack ?? String(error) } });
    });
  });
}

async function work({ bundle, seed, first, step, count, endAt, shared }) {
  const { fuzzInput, readUserData, checkAnswer } = await import(bundle);
  const texts = corpus();
  const kinds = {};
  let slowest = { ms: 0, index: 0, length: 0 };
  let done = 0;
  for (let index = first; index < count; index += step) {
    if (done % STEP === 0 && Date.now() > endAt) break;
    const text = fuzzInput(texts, seed, index);
    const startedAt = performance.now();
    try {
      const answer = readUserData(text, { file: 'x' });
      checkAnswer(text, answer);
      kinds[answer.kind] = (kinds[answer.kind] ?? 0) + 1;
    } catch (error) {
      return parentPort.postMessage({
        done,
        kinds,
        slowest,
        failure: { index, what: error.stack ?? String(error) },
      });
    }
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { ms, index, length: text.length };
    Atomics.store(shared, 0, ++done);
  }
  parentPort.postMessage({ done, kinds, slowest });
}

function report(runs, { seed, count, durationMs }) {
  const done = runs.reduce((sum, run) => sum + run.done, 0);
  const kinds = {};
  for (const run of runs)
    for (const [kind, number] of Object.entries(run.kinds)) kinds[kind] = (kinds[kind] ?? 0) + number;
  const slowest = runs.map((run) => run.slowest).sort((a, b) => b.ms - a.ms)[0];
  const seconds = durationMs / 1000;
  console.log(
    `${done} of ${count} inputs in ${seconds.toFixed(1)} s (${Math.round(done / seconds)} per second), seed ${seed}`,
  );
  console.log(
    Object.entries(kinds)
      .map(([kind, number]) => `${kind}: ${number}`)
      .join(', '),
  );
  console.log(`slowest: ${slowest.ms.toFixed(1)} ms (index ${slowest.index}, ${slowest.length} characters)`);
  for (const { failure } of runs) {
    if (failure === undefined) continue;
    console.error(`FAILED at index ${failure.index}: ${failure.what}`);
    console.error(`  npm run fuzz -- --seed ${seed} --index ${failure.index}`);
    process.exitCode = 1;
  }
}
