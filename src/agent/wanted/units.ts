/** `coreos.units`. */
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import type { UnitConfig } from '../../cloud-config/config.ts';
import { isNetworkUnit } from '../../cloud-config/unit-name.ts';
import { RUNTIME_UNITS_FOLDER, UNITS_FOLDER } from '../machine/units.ts';
import { textFile, type WantedPath } from './wanted.ts';

/** The files of a unit. */
export function unitPaths(unit: UnitConfig): WantedPath[] {
  const folder = unitFolder(unit);
  const path = `${folder}/${unit.name}`;
  const dropIns = unit.dropIns.map(({ name, content }) => textFile(`${path}.d/${name}`, encodeUtf8(content)));
  if (unit.mask) return [{ kind: 'link', path, target: '/dev/null' }];
  const file = unit.content === undefined ? [] : [textFile(path, encodeUtf8(unit.content))];
  // A unit that is named and not masked is to be there: what masks it goes.
  const unmasked = file.length > 0 && !unit.runtime ? [] : [unmaskedUnit(unit.name)];
  return [...unmasked, ...file, ...dropIns];
}

function unmaskedUnit(name: string): WantedPath {
  return { kind: 'unmasked', path: `${UNITS_FOLDER}/${name}` };
}

function unitFolder({ name, runtime }: UnitConfig): string {
  if (isNetworkUnit(name)) return runtime ? '/run/systemd/network' : '/etc/systemd/network';
  return runtime ? RUNTIME_UNITS_FOLDER : UNITS_FOLDER;
}
