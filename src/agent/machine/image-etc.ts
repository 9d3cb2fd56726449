/**
 * What the image of the running version has in /etc. The machine sees an overlay there, whose upper layer has what was
 * changed on the machine; nothing can be taken out of it while it is mounted. The layer below is seen elsewhere.
 */
import type { Host } from '../host.ts';

/** The root, without what is mounted on it: run-basalt-image.mount. */
const IMAGE_ROOT = '/run/basalt/image';
/** sysroot-etc.mount of the initrd. A file that was removed on the machine is a device there. */
const UPPER = '/var/lib/basalt/etc/upper';

/** Where the image's own entry for a path would be; undefined outside of /etc, and where the image is not seen. */
export function inImage(host: Host, path: string): string | undefined {
  if (!path.startsWith('/etc/') || host.kind(`${IMAGE_ROOT}/etc`) !== 'directory') return undefined;
  return `${IMAGE_ROOT}${path}`;
}

/** Whether what is at a path, or that nothing is there, comes from the image. False when that is not known. */
export function isOfImage(host: Host, path: string): boolean {
  if (inImage(host, path) === undefined) return false;
  const names = path.slice('/etc/'.length).split('/');
  for (let count = 1; count < names.length; count++) {
    const folder = names.slice(0, count).join('/');
    // A link leads elsewhere; of a folder that the machine removed or replaced, nothing is the image's.
    if (host.kind(`/etc/${folder}`) === 'symlink') return false;
    const upper = host.kind(`${UPPER}/${folder}`);
    if (upper === undefined) return true;
    if (upper !== 'directory') return false;
  }
  return host.kind(`${UPPER}/${names.join('/')}`) === undefined;
}
