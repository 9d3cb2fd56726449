/** Root file systems and compressions through the real pipeline: build time, size, boot, memory, reads. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { currentIdentity } from '../src/exec/identity.ts';
import { Store } from '../src/store/store.ts';
import { openToolsTree } from '../src/tools/tools-tree.ts';
import { type BasaltBuild, basaltBuild } from './basalt.ts';
import { type Candidate, candidates, settingsOf } from './candidates.ts';
import { machineFacts } from './facts.ts';
import { type CandidateResult, renderFilesystems } from './filesystems-report.ts';
import { measureGuest } from './guest.ts';
import type { BenchOptions } from './main.ts';
import { nativeReads } from './native-reads.ts';
import { storeOfEverything } from './stores.ts';
import { seconds } from './table.ts';

export interface FilesystemOptions {
  /** Names of candidates; all when absent. */
  readonly only: readonly string[] | undefined;
  readonly boot: boolean;
}

/** Measures, prints, and saves when asked to. Rounds go over all candidates, so load from elsewhere falls on each. */
export async function compareFilesystems(
  options: BenchOptions,
  { only, boot }: FilesystemOptions,
): Promise<void> {
  const machine = machineFacts();
  const chosen = candidates.filter(({ name }) => only === undefined || only.includes(name));
  const bench = new FilesystemBench(options.store, boot);
  await bench.prepare();
  const results = new Map<string, CandidateResult>();
  const report = () => ({
    machine,
    runs: options.runs,
    results: chosen.flatMap(({ name }) => results.get(name) ?? []),
  });
  for (let round = 0; round < options.runs; round++) {
    for (const candidate of round % 2 === 0 ? chosen : [...chosen].reverse()) {
      results.set(candidate.name, await bench.measure(candidate, results.get(candidate.name)));
      // Each time: with boots this takes long, and what was measured should outlive an interruption.
      if (options.save !== undefined) await writeFile(options.save, `${JSON.stringify(report(), null, 2)}\n`);
    }
  }
  process.stdout.write(renderFilesystems(report()));
  await bench.cleanUp();
}

class FilesystemBench {
  private readonly folder: string;
  private readonly runStore: string;
  private readonly output: string;

  constructor(
    private readonly store: string,
    private readonly boot: boolean,
  ) {
    this.folder = join(store, 'bench/filesystems');
    this.runStore = join(this.folder, 'store');
    this.output = join(this.folder, 'output');
  }

  /** Makes all that is the same for every candidate, so that only the root and what follows is built later. */
  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    say('preparing: packages, kernel, initrd');
    await this.build(this.store, []);
  }

  /** One round of a candidate, added to the rounds before. */
  async measure(candidate: Candidate, before: CandidateResult | undefined): Promise<CandidateResult> {
    await storeOfEverything(this.store, this.runStore);
    // A version of its own: the root has it in os-release, so no candidate finds its root in the store.
    const built = await this.build(this.runStore, [
      '--offline',
      '--version',
      'bench',
      ...settingsOf(candidate),
    ]);
    const fileOf = (role: string) =>
      join(this.output, built.manifest.artifacts.find((artifact) => artifact.role === role)?.file ?? '');
    const rootStageMs = built.stages.find(({ stage }) => stage === 'root')?.durationMs ?? Number.NaN;
    say(`${candidate.name}: root stage ${seconds(rootStageMs)}`);
    const native = process.getuid?.() === 0 ? [await nativeReads(fileOf('root'))] : [];
    const guest = this.boot ? [await measureGuest(fileOf('disk'), await this.toolbox(), this.store)] : [];
    for (const { bootMs } of guest) say(`${candidate.name}: multi-user after ${seconds(bootMs)}`);
    return {
      name: candidate.name,
      rootStageMs: [...(before?.rootStageMs ?? []), rootStageMs],
      imageBytes: built.manifest.artifacts.find(({ role }) => role === 'root')?.sizeBytes ?? 0,
      native: [...(before?.native ?? []), ...native],
      guest: [...(before?.guest ?? []), ...guest],
    };
  }

  async cleanUp(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private build(store: string, extra: readonly string[]): Promise<BasaltBuild> {
    return basaltBuild({
      home: process.cwd(),
      recipe: 'qemu',
      store,
      output: this.output,
      extra: ['--format', 'raw', ...extra],
    });
  }

  private toolbox() {
    return openToolsTree({
      store: new Store(this.store),
      identity: currentIdentity(),
      signal: new AbortController().signal,
      onMessage: say,
    });
  }
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
