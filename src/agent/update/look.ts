/** Looks at what the channel has for this machine. */
import { parseChannel } from '../../release-format/channel.ts';
import { type NextRelease, nextRelease } from '../../release-format/next-release.ts';
import { parseRelease, type Release } from '../../release-format/release.ts';
import { channelTarget, releaseTarget } from '../../release-format/target-names.ts';
import { FormatError } from '../../release-format/value.ts';
import { MIB } from '../../units.ts';
import type { Host } from '../host.ts';
import { UpdateFailure } from './failure.ts';
import type { Running } from './running.ts';
import type { UpdateSettings } from './settings.ts';
import type { UpdateState } from './state.ts';
import { openRepository, type TrustedRepository } from './trust/open-repository.ts';

/** A channel of a thousand releases has a tenth of it. */
const MOST_TEXT_BYTES = 1 * MIB;
/** As systemd calls it: images are built for this one. */
const ARCHITECTURE = 'x86-64';

export interface Found {
  readonly repository: TrustedRepository;
  readonly next: NextRelease;
  /** Whether the channel has a version that may be started. */
  readonly offers: (version: string) => boolean;
}

/** How a repository is come by; tests have their own. */
export type OpenRepository = typeof openRepository;

/** @throws {UpdateFailure} in words for `update status`. */
export function look(
  host: Host,
  settings: UpdateSettings,
  state: UpdateState,
  running: Running,
  open: OpenRepository = openRepository,
): Found {
  if (settings.server === undefined) {
    throw new UpdateFailure('no update server is set', {
      next: "set coreos.update.server in the cloud-config, or update.server in the image's recipe",
    });
  }
  const repository = open(host, { server: settings.server });
  const target = channelTarget(running.image, settings.channel);
  if (repository.target(target) === undefined) {
    throw new UpdateFailure(
      `${settings.server} has no channel ${settings.channel} for the image ${running.image}`,
      { next: `./basalt release promote makes one; or set another channel in coreos.update.group` },
    );
  }
  const channel = understood(target, () => parseChannel(repository.read(target, MOST_TEXT_BYTES)));
  const rejected = new Set(state.rejected.map(({ version }) => version));
  return {
    repository,
    next: nextRelease(channel, running.version, rejected),
    offers: (version) => channel.releases.some((release) => release.version === version && !release.deadEnd),
  };
}

/** What a version consists of. @throws {UpdateFailure} when it is not for this machine. */
export function readRelease(repository: TrustedRepository, running: Running, version: string): Release {
  const target = releaseTarget(running.image, version);
  if (repository.target(target) === undefined)
    throw new UpdateFailure(`the channel names version ${version}, and the repository has no ${target}`);
  const release = understood(target, () => parseRelease(repository.read(target, MOST_TEXT_BYTES)));
  if (
    release.image !== running.image ||
    release.version !== version ||
    release.architecture !== ARCHITECTURE
  ) {
    throw new UpdateFailure(
      `${target} describes ${release.image} ${release.version} for ${release.architecture}; this machine needs ${running.image} ${version} for ${ARCHITECTURE}`,
    );
  }
  return release;
}

function understood<T>(target: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UpdateFailure(`${target}: ${error.message}`);
  }
}
