/** A live system as it presents itself to a provisioning server. */
import { networkInterfaces } from 'node:os';
import { UserError } from '../../errors.ts';
import { isLive, liveIdentity } from '../live-source.ts';
import { readIdentity } from '../machine/identity.ts';
import type { Self } from './ask-server.ts';

/**
 * @param localAddress Of this end of a connection to the server.
 * @throws {UserError} outside of a live system, or when the card has no MAC.
 */
export async function readSelf(localAddress: string): Promise<Self> {
  if (!(await isLive()))
    throw new UserError('not-live', 'only a live system asks a server what to install', {
      seen: 'this is no live system',
      next: ['start a live system with basalt.install.server= among its kernel arguments'],
    });
  const [identity, live] = await Promise.all([
    readIdentity('/', localAddress, networkInterfaces()),
    liveIdentity(),
  ]);
  return { ...identity, ...live };
}
