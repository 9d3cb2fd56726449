/** Power cuts in the middle of updates: records one, judges every state it may leave, boots some, and cuts the power itself. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { currentIdentity } from '../../src/exec/identity.ts';
import { Store } from '../../src/store/store.ts';
import { setup } from '../../test/support/built-image.ts';
import { type BootResult, bootStates } from '../../test/support/power-loss/boots.ts';
import { checkRecording } from '../../test/support/power-loss/check.ts';
import { type KillsResult, killMachines } from '../../test/support/power-loss/kills.ts';
import { recordAll } from '../../test/support/power-loss/recording.ts';
import { openScene, type Scene } from '../../test/support/power-loss/scene.ts';
import { type PowerLossResults, resultsTable, shortfalls } from './results.ts';

const HELP = `Cuts the power in the middle of updates, and looks at what is left. See docs/reliability.md.

  npm run power-loss                        all of it: some hours where QEMU emulates the processor
  npm run power-loss -- record|check|boot|kill ...   only these; what is recorded in --folder already stays

  --folder DIR     keep recordings and results there (some 10 GB); without it they go when the run ends
  --scratch DIR    where states of the disk are made: 6 GB of a fast disk, or of memory (default: --folder)
  --boots N        states that are booted (default 24)
  --kills N        times QEMU is killed (default 20)
  --one-in N       between flushes, look at states of one in N windows that write neither names nor the ESP (default 1)
  --updates N      1: the whole payload only; 2: and then one as a change (default 2)
  --seed N         which states, samples and moments (default 1)
`;

const WORKS = ['record', 'check', 'boot', 'kill'] as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    folder: { type: 'string' },
    scratch: { type: 'string' },
    boots: { type: 'string', default: '24' },
    kills: { type: 'string', default: '20' },
    'one-in': { type: 'string', default: '1' },
    updates: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});
const works: readonly string[] = positionals.length === 0 ? WORKS : positionals;

if (values.help || works.some((work) => !(WORKS as readonly string[]).includes(work))) {
  process.stdout.write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'basalt-power-loss-')));
  const tearDown = await setup();
  try {
    await run(resolve(folder));
  } finally {
    await tearDown();
    if (values.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function run(folder: string): Promise<void> {
  const [seed, boots, kills, oneIn] = [values.seed, values.boots, values.kills, values['one-in']].map(
    Number,
  ) as [number, number, number, number];
  const scratch = resolve(values.scratch ?? join(folder, 'scratch'));
  await mkdir(scratch, { recursive: true });
  const scene = await openScene(folder, Number(values.updates));
  const file = join(folder, 'results.json');
  const load = (): Promise<PowerLossResults> =>
    readFile(file, 'utf8').then(JSON.parse, () => ({ checks: [], boots: [] }));
  // Another run may have others in the meantime.
  const keep = async (change: (results: PowerLossResults) => Partial<PowerLossResults>): Promise<void> => {
    const results = await load();
    const changed = { ...results, ...change(results), seed, accelerator: scene.accelerator };
    await writeFile(file, `${JSON.stringify(changed, undefined, 1)}\n`);
  };
  const recordings = await recordAll(scene, tell);
  const workshop = workshopOf(scene, scratch);
  if (works.includes('check')) {
    for (const recording of recordings) {
      const check = await checkRecording(scene, workshop, recording, { seed, scratch, oneIn, tell });
      await keep(({ checks }) => ({ checks: [...checks.filter(({ step }) => step !== check.step), check] }));
    }
  }
  if (works.includes('boot')) {
    for (const [index, recording] of recordings.entries()) {
      // What does not divide goes to the last.
      const share =
        Math.floor((boots * (index + 1)) / recordings.length) -
        Math.floor((boots * index) / recordings.length);
      const known = (await load()).boots.filter(({ step }) => step === recording.step.name);
      const onResult = (result: BootResult) => keep(({ boots: others }) => ({ boots: [...others, result] }));
      await bootStates(scene, workshop, recording, {
        seed,
        scratch,
        oneIn,
        tell,
        count: share,
        completeOneIn: 4,
        known,
        onResult,
      });
    }
  }
  if (works.includes('kill')) {
    const onResult = (result: KillsResult) => keep(() => ({ kills: result }));
    const { kills: known } = await load();
    await onResult(await killMachines(scene, recordings, { seed, count: kills, known, tell, onResult }));
  }
  const results = await load();
  process.stdout.write(`\n${resultsTable(results)}`);
  const missing = shortfalls(results);
  for (const text of missing) process.stderr.write(`FAILED: ${text}\n`);
  if (missing.length > 0) process.exitCode = 1;
}

function workshopOf(scene: Scene, scratch: string) {
  return {
    toolbox: async () => scene.toolbox,
    store: new Store(join(scratch, 'store')),
    identity: currentIdentity(),
    signal: new AbortController().signal,
  };
}

function tell(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
