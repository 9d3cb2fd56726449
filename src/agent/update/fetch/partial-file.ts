/** What is there of a download, beside the place where it will be: the next attempt finds it by its name. */
import type { Host } from '../../host.ts';

/** Another content has another name, so that no file is put together from two. */
export function partialPath(destination: string, sha256: string): string {
  return `${destination}.${sha256.slice(0, 16)}.partial`;
}

/** Removes those of other contents for the same destination. */
export function removeOtherPartials(host: Host, destination: string, partial: string): void {
  const [, folder = '', name = ''] = /^(.*\/)([^/]*)$/.exec(destination) ?? [];
  for (const other of host.list(folder)) {
    const isOne =
      other.startsWith(`${name}.`) && /^[0-9a-f]{16}\.partial$/.test(other.slice(name.length + 1));
    if (isOne && folder + other !== partial) host.remove(folder + other);
  }
}
