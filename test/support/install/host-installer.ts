/** `basalt install --from` on this host, to a loop device; and what the next one is to say of a disk that a power cut left. */
import type { InstallResult } from '../../../src/install/install.ts';
import { defaultStoreDirectory } from '../../../src/store/store.ts';
import { basaltOk } from '../builder.ts';
import type { TestImage } from '../image.ts';
import type { BootView } from '../power-loss/boot-view.ts';
import { partitionsOf } from '../power-loss/zones.ts';

/** @returns The notes of its result. */
export async function installOnHost(
  image: TestImage,
  disk: string,
  more: readonly string[],
): Promise<readonly string[]> {
  const { events } = await basaltOk(['install', '--from', image.folder, '--disk', disk, '--yes', ...more], {
    store: defaultStoreDirectory(),
  });
  const result = events.find(({ type }) => (type as string) === 'result');
  if (result === undefined) throw new Error(`the installer told no result for ${disk}`);
  return (result as unknown as { readonly result: InstallResult }).result.notes;
}

/**
 * What the installer is to say of an interrupted installation, by the labels and UKIs on a disk, without the installer's own eyes.
 * @param version That was being installed. @param view What starts.
 */
export async function expectedNotes(
  path: string,
  version: string,
  { entries }: BootView,
): Promise<readonly string[]> {
  const partitions = await partitionsOf(path).catch(() => []);
  const labels = partitions.map(({ label }) => label);
  const isNamed = labels.includes(`root_${version}`) && !entries.some((entry) => entry.version === version);
  if (!labels.includes(`begun_${version}`) && !isNamed) return [];
  const whole = entries.map((entry) => entry.version);
  const rest = whole.length === 0 ? 'nothing on it starts' : `version ${whole.join(', ')} on it is whole`;
  return [`an installation of ${version} was interrupted on this disk: ${rest}`];
}
