/** Fetches packages into the store: in parallel, verified, resumed. */
import type { StoredObject } from '../store/store.ts';
import type { StageRunner } from './stage.ts';

const PARALLEL_DOWNLOADS = 8;

export const fetch: StageRunner<'fetch'> = async (context) => {
  const { store, signal } = context;
  const objects: Record<string, StoredObject> = {};
  const missing: { uri: string; sha256: string; sizeBytes: number }[] = [];
  for (const sha256 of context.options.objects) {
    const source = context.sourceOf(sha256);
    if (source.kind !== 'download') throw new Error(`no address for package ${sha256}`);
    const object = { sha256, sizeBytes: source.sizeBytes };
    objects[sha256] = object;
    if (!(await store.verifyObject(object, signal))) missing.push({ uri: source.uri, ...object });
  }

  const total = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let done = 0;
  const cancel = new AbortController();
  const anySignal = AbortSignal.any([signal, cancel.signal]);
  const queue = [...missing].sort((a, b) => b.sizeBytes - a.sizeBytes);
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await context.downloads.fetch(next, anySignal, (count) => {
        done += count;
        context.progress({ done: Math.min(done, total), total, unit: 'bytes' });
      });
    }
  };
  const results = await Promise.allSettled(
    Array.from({ length: PARALLEL_DOWNLOADS }, () =>
      worker().catch((error: unknown) => {
        cancel.abort();
        throw error;
      }),
    ),
  );
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const first =
    failures.find((error) => !(error instanceof Error && error.name === 'InterruptedError')) ?? failures[0];
  if (first !== undefined) throw first;
  return { objects };
};
