/** Publishes a raw disk as Amazon Machine Images: looks, plans, does. */
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Store } from '../../store/store.ts';
import { noteAmis } from '../amis.ts';
import type { AwsPlace } from './aws-place.ts';
import { Clients } from './clients.ts';
import { explainFailure } from './failure.ts';
import { amiName, tagNames } from './names.ts';
import { observeRegion } from './observe.ts';
import { Patience, type PatienceOptions, type Retry } from './patience.ts';
import { Performer } from './perform.ts';
import { type Plan, planPublication, type Step } from './plan.ts';
import type { RegionState } from './state.ts';
import type { UploadProgress } from './upload.ts';
import type { Wanted } from './wanted.ts';

export interface AwsOptions {
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly endpointUrl: string | undefined;
  readonly onMessage: (level: 'detail' | 'info' | 'warning', text: string) => void;
  /** How often states are asked for; tests are in a hurry. */
  readonly pollMs?: number;
  readonly silentMs?: number;
  readonly patience?: Pick<PatienceOptions, 'firstPauseMs' | 'longestPauseMs'>;
}

export interface PublishOptions extends AwsOptions {
  readonly wanted: Wanted;
  readonly tpm: boolean;
  readonly volumeBytes: number;
  /** Only say what would be done. */
  readonly dryRun: boolean;
  readonly onUpload: (progress: UploadProgress) => void;
}

/** What there is after a publication, or would be. */
export interface Published {
  readonly account: string;
  readonly image: string;
  readonly version: string;
  readonly architecture: string;
  /** Of the raw disk. */
  readonly sha256: string;
  readonly name: string;
  /** False: all was there already. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly steps: readonly Step[];
  /** Empty in a dry run, as far as nothing is there. */
  readonly regions: readonly PublishedRegion[];
}

export interface PublishedRegion {
  readonly region: string;
  readonly imageId: string;
  readonly snapshotIds: readonly string[];
}

const POLL_MS = 5000;
const MOST_LISTENERS = 1000;

/** Opens the clients for `work`, and closes them. */
export async function withAws<T>(options: AwsOptions, work: (place: AwsPlace) => Promise<T>): Promise<T> {
  const clients = new Clients({ endpointUrl: options.endpointUrl, silentMs: options.silentMs });
  // Every request under way listens for the interruption; that many are no leak.
  setMaxListeners(MOST_LISTENERS, options.signal);
  const patience = new Patience({
    signal: options.signal,
    ...options.patience,
    onRetry: ({ call, error, throttled, attempt }: Retry) =>
      options.onMessage(
        'detail',
        `${call}: ${throttled ? 'told to slow down' : String(error)}; attempt ${attempt}, asking again`,
      ),
  });
  try {
    return await work({ clients, patience, pollMs: options.pollMs ?? POLL_MS });
  } finally {
    clients.close();
  }
}

/** Who the credentials belong to. Needs no permission: the first call, so that wrong credentials show at once. */
export async function accountOf({ clients, patience }: AwsPlace, region: string): Promise<string> {
  const { Account } = await patience.ask('GetCallerIdentity', () =>
    clients.sts(region).send(new GetCallerIdentityCommand({})),
  );
  return Account ?? 'unknown';
}

/** Where journals of uploads are, one for each account, region and content. */
function journalPath(store: Store, account: string, region: string, sha256: string): string {
  return join(store.directory, 'publish', 'aws', account, region, `${sha256}.journal`);
}

/**
 * Publishes; a second call with the same content changes nothing.
 * @throws {UserError} that names all that exists when it failed half-way.
 */
export async function publishAws(options: PublishOptions): Promise<Published> {
  return withAws(options, async (place) => {
    const { wanted } = options;
    const [home = ''] = wanted.regions;
    const account = await accountOf(place, home).catch((error: unknown) => {
      throw explainFailure(error, { regions: wanted.regions, made: [] });
    });
    const unlock = await options.store.lock(`publish-aws-${account}-${wanted.disk.sha256.slice(0, 32)}`, {
      signal: options.signal,
      onWait: () => options.onMessage('info', 'another run publishes this disk; waiting for it'),
    });
    try {
      return await publishLocked(options, place, account);
    } finally {
      await unlock();
    }
  });
}

async function publishLocked(options: PublishOptions, place: AwsPlace, account: string): Promise<Published> {
  const { wanted, signal } = options;
  const name = amiName(wanted.disk);
  const performer = new Performer({
    place,
    disk: wanted.disk,
    tpm: options.tpm,
    volumeBytes: options.volumeBytes,
    journalOf: (region) => journalPath(options.store, account, region, wanted.disk.sha256),
    signal,
    onUpload: options.onUpload,
    onMade: (text) => options.onMessage('info', text),
  });
  try {
    const states = await Promise.all(
      wanted.regions.map((region) => observeRegion(place, { region, prefix: wanted.prefix, name })),
    );
    const plan = planPublication(wanted, states);
    for (const state of states) remember(performer, state, name);
    if (!options.dryRun) await performPlan(performer, plan);
    const regions = wanted.regions.flatMap((region) => {
      const { imageId, snapshotIds } = performer.in(region);
      return imageId === undefined ? [] : [{ region, imageId, snapshotIds }];
    });
    if (!options.dryRun) await note(wanted, regions);
    return {
      account,
      image: wanted.disk.image,
      version: wanted.disk.version,
      architecture: wanted.disk.architecture,
      sha256: wanted.disk.sha256,
      name,
      changed: plan.phases.length > 0,
      dryRun: options.dryRun,
      steps: plan.phases.flat(),
      regions,
    };
  } catch (error) {
    throw explainFailure(error, {
      regions: wanted.regions,
      made: wanted.regions.map((region) => ({ region, ...performer.in(region) })),
      name,
    });
  }
}

/** Phases one after another; of a phase, all steps end before a failure is told, so that what they made is known. */
async function performPlan(performer: Performer, plan: Plan): Promise<void> {
  for (const phase of plan.phases) {
    const results = await Promise.allSettled(phase.map((step) => performer.perform(step)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/** What is there before the first step. */
function remember(performer: Performer, state: RegionState, name: string): void {
  const image = state.images.find(
    (each) => each.name === name && ['available', 'pending'].includes(each.state),
  );
  if (image === undefined) return;
  const made = performer.in(state.region);
  made.imageId = image.id;
  made.snapshotIds = image.snapshotIds;
  made.published = image.tags[tagNames.published] !== undefined;
}

async function note({ disk }: Wanted, regions: readonly PublishedRegion[]): Promise<void> {
  if (disk.folder === undefined) return;
  const { image, version, architecture, sha256 } = disk;
  await noteAmis(disk.folder, {
    image,
    version,
    architecture,
    sha256,
    regions: Object.fromEntries(regions.map(({ region, imageId }) => [region, imageId])),
  });
}
