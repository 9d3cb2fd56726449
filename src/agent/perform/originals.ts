/** Keeps what was at a path before the agent wrote there, and gives it back. */
import { type Host, HostError } from '../host.ts';
import { refuseForeignLink } from '../machine/links-on-the-way.ts';
import type { GivenBack, Keep } from '../plan/changes.ts';
import type { Placed } from '../state/placed.ts';
import { ORIGINALS_FOLDER } from '../state/state.ts';

/** @throws {HostError} */
export function keepOriginal(host: Host, { path, saved }: Keep): void {
  refuseForeignLink(host, 'keep', path);
  const bytes = host.readBytes(path);
  if (bytes === undefined) throw new HostError(`keep ${path}`, 'it is gone');
  host.writeFile(`${ORIGINALS_FOLDER}/${saved}`, bytes, { mode: 0o600, flush: false });
}

/** @throws {HostError} */
export function restoreOriginal(host: Host, path: string, back: GivenBack): void {
  if (back.kind === 'link') {
    host.link(back.target, path);
    return;
  }
  const bytes = host.readBytes(back.from);
  if (bytes === undefined) throw new HostError(`give back ${path}`, `its copy ${back.from} is gone`);
  host.writeFile(path, bytes, { mode: back.mode, owner: back.owner, flush: false });
}

/** Removes copies that no record names any more. */
export function forgetOriginals(host: Host, placed: Placed): void {
  const needed = new Set(
    placed.paths.map(({ original }) => (original.kind === 'file' ? original.saved : undefined)),
  );
  for (const name of host.list(ORIGINALS_FOLDER)) {
    if (!needed.has(name)) host.remove(`${ORIGINALS_FOLDER}/${name}`);
  }
}
