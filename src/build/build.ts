/** Builds an image: recipe → lock → plan → stages → output folder. */
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { liveFormats } from '../formats/live.ts';
import { formatLock, type Lock } from '../packages/lock.ts';
import { relocate } from '../packages/relocate.ts';
import { type RefreshPolicy, requestDigest, resolvePackages } from '../packages/resolve.ts';
import { droppedPackages } from '../plan/dropped.ts';
import { makePlan, type PlanWithSources } from '../plan/make-plan.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Reporter } from '../report/events.ts';
import type { StageRecord, Store, StoredObject } from '../store/store.ts';
import type { DebianMirrors } from '../tools/apt-sources.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { formatSize } from '../units.ts';
import { readContent } from './content.ts';
import { Executor } from './executor.ts';
import type { Manifest } from './manifest.ts';
import { OutputFolder, type OutputText } from './output.ts';
import { outputNames } from './output-names.ts';
import { readParts } from './parts.ts';

export interface BuildOptions {
  readonly home: string;
  readonly recipe: Recipe;
  readonly store: Store;
  readonly toolbox: Toolbox;
  /** A lock to build from; otherwise packages are resolved. */
  readonly lock: Lock | undefined;
  readonly mirrors: DebianMirrors | undefined;
  readonly refresh: RefreshPolicy;
  /** Undefined: the date of the package lists. */
  readonly version: string | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A plan with what it was made from. */
export interface PreparedBuild extends PlanWithSources {
  readonly recipe: Recipe;
  readonly lock: Lock;
  readonly version: string;
}

/** What a build ended with. */
export interface BuildResult {
  /** The output folder. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Everything before the first stage: resolves packages and plans. */
export async function prepareBuild(options: BuildOptions): Promise<PreparedBuild> {
  const { recipe, reporter } = options;
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(recipe.name)) {
    throw new UserError('name-invalid', 'the name of the recipe cannot be the name of an image', {
      seen: recipe.name,
      needed: 'lower-case letters, digits, ".", "_" and "-", beginning with a letter or digit',
      where: recipe.sources[0] ?? '',
      next: ['rename the file'],
    });
  }
  const lock =
    options.lock === undefined
      ? await resolveLock(options)
      : relocate(checkLock(options.lock, recipe, reporter), options.mirrors);
  const version = options.version ?? defaultVersion(lock);
  const [content, { parts, sources }] = await Promise.all([
    readContent(recipe, version),
    readParts(options.home),
  ]);
  const planned = makePlan({ recipe, lock, content, parts, tools: options.toolbox.digest, version });
  return { ...planned, sources: new Map([...planned.sources, ...sources]), recipe, lock, version };
}

/**
 * Builds an image into `folder`.
 * @throws {UserError|ToolError|InterruptedError}
 */
export async function buildImage(
  options: BuildOptions,
  prepared: PreparedBuild,
  folder: string,
): Promise<BuildResult> {
  const { reporter, store } = options;
  const { plan } = prepared;
  const stages = plan.stages.map(({ id, title }) => ({ id, title }));
  reporter.emit({ type: 'plan', image: plan.image, version: plan.version, stages });

  const executor = new Executor({
    ...options,
    offline: options.refresh === 'never',
    plan,
    sources: prepared.sources,
  });
  const output = await OutputFolder.open(store, folder, executor.signal);
  try {
    const manifest = await fillOutput(options, prepared, executor, output);
    for (const artifact of manifest.artifacts) {
      reporter.emit({ type: 'artifact', ...artifact, path: join(folder, artifact.file) });
    }
    return { folder, manifest };
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

/** Has the stages run, brings in what each makes while others go on, and ends with the manifest. */
async function fillOutput(
  { reporter, toolbox }: BuildOptions,
  { plan, recipe, lock, version }: PreparedBuild,
  executor: Executor,
  output: OutputFolder,
): Promise<Manifest> {
  const isLive = liveFormats.some((format) => recipe.formats.includes(format));
  const records = new Map<string, StageRecord>();
  const record = async (id: string) => {
    const made = await executor.record(id);
    records.set(id, made);
    return made;
  };
  const bringing = outputNames(plan.image, version, recipe).map(async ({ stage, output: which, ...name }) => {
    const wanted = objectOf(await record(stage), stage, which);
    const source = async () => objectOf(await executor.outputs(stage), stage, which);
    return executor.together(output.bring(name, wanted, source));
  });
  // What a live system is started with over the network is told by its initrd.
  const others = ['initrd', ...(isLive ? ['pxe'] : [])].map(record);
  // Its library takes long to load: while the stages after the root run programs, this process has nothing to do.
  const loading = record('root').then(() => import('./sbom.ts'));
  await Promise.allSettled([...bringing, ...others, loading]);
  const files = await Promise.all(bringing);
  await Promise.all(others);
  const { renderSbom } = await loading;
  executor.reportUntouched();
  tellOfModules(records, reporter);

  const rootHash = textOf(records, 'verity', 'rootHash');
  const dropped = new Set(
    droppedPackages(
      lock,
      new Set(recipe.packages.add.map(({ name }) => name)),
      new Set(recipe.packages.drop.map(({ name }) => name)),
    ),
  );
  const sbom = renderSbom({ lock, version, rootHash, dropped });
  const texts: OutputText[] = [
    { file: 'packages.lock.json', role: 'lock', format: 'json', text: formatLock(lock) },
    { file: 'sbom.cdx.json', role: 'sbom', format: 'cyclonedx-json', text: sbom },
  ];
  return output.finish(files, texts, (artifacts) => ({
    basaltManifest: 1,
    image: plan.image,
    version,
    suite: lock.suite,
    architecture: lock.architecture,
    epoch: lock.epoch,
    kernelRelease: textOf(records, 'kernel', 'release'),
    rootHash,
    kernelCommandLine: textOf(records, 'uki', 'commandLine'),
    ...(isLive ? { liveCommandLine: textOf(records, 'pxe', 'commandLine') } : {}),
    tools: toolbox.digest,
    artifacts: [...artifacts],
    packageSizes: records.get('root')?.values.packageSizes as Manifest['packageSizes'],
  }));
}

/** Whoever leaves out kernel modules wants to know what that saves, also when they were left out before. */
function tellOfModules(records: ReadonlyMap<string, StageRecord>, reporter: Reporter): void {
  const saved = records.get('kernel')?.values.savedBytes;
  if (typeof saved !== 'number' || saved === 0) return;
  const text = `kernel modules that the recipe leaves out: ${formatSize(saved)} less`;
  reporter.emit({ type: 'message', level: 'info', stage: 'kernel', text });
}

function objectOf(record: StageRecord, stage: string, output: string): StoredObject {
  const found = record.objects[output];
  if (found === undefined) throw new Error(`stage ${stage} gave no ${output}`);
  return found;
}

function textOf(records: ReadonlyMap<string, StageRecord>, stage: string, value: string): string {
  const found = records.get(stage)?.values[value];
  if (typeof found !== 'string') throw new Error(`stage ${stage} gave no ${value}`);
  return found;
}

async function resolveLock(options: BuildOptions): Promise<Lock> {
  return resolvePackages({
    ...options,
    now: Date.now(),
    onWarning: (text) => options.reporter.emit({ type: 'message', level: 'warning', text }),
    onMessage: (text) => options.reporter.emit({ type: 'message', level: 'info', text }),
  });
}

/** A lock answers one request; for another it would silently give other packages than the recipe says. */
function checkLock(lock: Lock, recipe: Recipe, reporter: Reporter): Lock {
  if (lock.request === requestDigest(recipe)) return lock;
  const locked = new Set(lock.root.map(({ name }) => name));
  const missing = recipe.packages.add.map(({ name }) => name).filter((name) => !locked.has(name));
  if (missing.length > 0 || lock.image !== recipe.name) {
    throw new UserError('lock-outdated', 'the lock is not for this recipe', {
      seen:
        lock.image === recipe.name
          ? `it lacks ${missing.join(', ')}`
          : `it was made for the image ${lock.image}`,
      needed: `a lock made from ${recipe.sources[0]} as it is now`,
      next: [`make it again with ./basalt lock ${recipe.name}`],
    });
  }
  reporter.emit({
    type: 'message',
    level: 'warning',
    text: 'the recipe asks for other packages than when the lock was made; the lock decides',
  });
  return lock;
}

/** The date of the package lists: the same lists give the same version. */
function defaultVersion(lock: Lock): string {
  return new Date(lock.epoch * 1000).toISOString().slice(0, 10).replaceAll('-', '');
}
