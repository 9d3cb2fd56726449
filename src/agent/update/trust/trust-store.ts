/**
 * What this machine has come to trust, in /var/lib/basalt/update/trust: each root that was ever trusted under its own
 * name, from the one it began with, and the newest document of the other roles. Each is written whole or not at all.
 */
import type { Host } from '../../host.ts';

const FOLDER = '/var/lib/basalt/update/trust';
const ROOT_NAME = /^([1-9][0-9]{0,14})\.root\.json$/;

/** The roles of which only the newest document is kept. */
export type SavedRole = 'timestamp' | 'snapshot' | 'targets';

export class TrustStore {
  constructor(private readonly host: Host) {}

  /** Versions of the roots that are kept, newest first. */
  rootVersions(): number[] {
    return this.host
      .list(FOLDER)
      .flatMap((name) => ROOT_NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((left, right) => right - left);
  }

  readRoot(version: number): Uint8Array | undefined {
    return this.host.readBytes(rootPath(version));
  }

  saveRoot(version: number, bytes: Uint8Array): void {
    this.host.writeFile(rootPath(version), bytes);
  }

  removeRoot(version: number): void {
    this.host.remove(rootPath(version));
  }

  read(role: SavedRole): Uint8Array | undefined {
    return this.host.readBytes(rolePath(role));
  }

  /** It has reached the disk when this returns. */
  save(role: SavedRole, bytes: Uint8Array): void {
    this.host.writeFile(rolePath(role), bytes);
  }

  remove(role: SavedRole): void {
    this.host.remove(rolePath(role));
  }
}

function rootPath(version: number): string {
  return `${FOLDER}/${version}.root.json`;
}

function rolePath(role: SavedRole): string {
  return `${FOLDER}/${role}.json`;
}
