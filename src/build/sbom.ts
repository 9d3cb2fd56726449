/** The software bill of materials: CycloneDX 1.6, every Debian package of the root, the initrd and the kernel. */
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import { type Lock, type LockedPackage, type PackageSet, packageSets } from '../packages/lock.ts';

export interface SbomOptions {
  readonly lock: Lock;
  readonly version: string;
  readonly rootHash: string;
  /** Names of root packages that left the image again. */
  readonly dropped: ReadonlySet<string>;
}

/** Renders the bill of materials as JSON. The same image gives the same text: dates come from the lock. */
export function renderSbom(options: SbomOptions): string {
  const { lock, version } = options;
  const bom = new Models.Bom();
  bom.metadata.timestamp = new Date(lock.epoch * 1000);
  bom.metadata.component = new Models.Component(Enums.ComponentType.OperatingSystem, `basalt-${lock.image}`, {
    version,
    bomRef: 'image',
    hashes: new Models.HashDictionary(),
    properties: new Models.PropertyRepository([new Models.Property('basalt:rootHash', options.rootHash)]),
  });
  const places = new Map<string, { entry: LockedPackage; sets: PackageSet[] }>();
  for (const set of packageSets) {
    for (const entry of lock[set]) {
      if (set === 'root' && options.dropped.has(entry.name)) continue;
      const place = places.get(entry.sha256);
      if (place) place.sets.push(set);
      else places.set(entry.sha256, { entry, sets: [set] });
    }
  }
  for (const { entry, sets } of places.values()) bom.components.add(componentOf(entry, sets, lock.suite));
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf(entry: LockedPackage, sets: readonly PackageSet[], suite: string): Models.Component {
  const purl = new PackageURL(
    'deb',
    'debian',
    entry.name,
    entry.version,
    { arch: entry.architecture, distro: suite },
    undefined,
  ).toString();
  return new Models.Component(Enums.ComponentType.Library, entry.name, {
    version: entry.version,
    bomRef: entry.sha256,
    purl,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], entry.sha256]]),
    properties: new Models.PropertyRepository(sets.map((set) => new Models.Property('basalt:partOf', set))),
  });
}
