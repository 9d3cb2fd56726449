/** One installation at a time on a disk. */
import { createServer } from 'node:net';
import { UserError } from '../errors.ts';

/**
 * Keeps other installers from a disk for the time of `work`, by a name among the abstract sockets (unix(7)): the kernel
 * frees it when this process ends, however it ends. What a disk is claimed with while it is written, `O_EXCL`, has to be
 * let go while programs partition and mount it.
 * @throws {UserError} `disk-in-use` when another installer has it.
 */
export async function withClaim<T>(disk: string, work: () => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      reject(
        new UserError('disk-in-use', `another installer is at work on ${disk}`, {
          next: ['wait for it, or end it; on a live system every console has its own installer'],
          cause,
        }),
      );
    });
    server.listen(`\0basalt-install:${disk}`, resolve);
  });
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
