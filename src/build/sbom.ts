/** The software bill of materials: CycloneDX 1.6, every Debian package of the root, the initrd, the kernel and the boot loader. */
import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import { PackageURL } from 'packageurl-js';
import { type Lock, type LockedPackage, type PackageSet, packageSets } from '../packages/lock.ts';
import { TOOLS_IN_IMAGES, TOOLS_SUITE, type ToolsPackage } from '../tools/tools-packages.ts';

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
  for (const entry of lock.tools.filter(({ name }) => TOOLS_IN_IMAGES.includes(name))) {
    bom.components.add(componentOf(entry, ['boot'], TOOLS_SUITE));
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

type Identified = ToolsPackage & Partial<Pick<LockedPackage, 'sha256'>>;

function componentOf(entry: Identified, parts: readonly string[], suite: string): Models.Component {
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
    bomRef: entry.sha256 ?? purl,
    purl,
    hashes: new Models.HashDictionary(
      entry.sha256 === undefined ? [] : [[Enums.HashAlgorithm['SHA-256'], entry.sha256]],
    ),
    properties: new Models.PropertyRepository(
      parts.map((part) => new Models.Property('basalt:partOf', part)),
    ),
  });
}
