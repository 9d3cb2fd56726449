/**
 * A publisher that is killed on its way: run as a program of its own with the repository's place, a build's folder, and
 * the number of the step before which it kills itself. Says how many steps it came to.
 */
import { join } from 'node:path';
import { currentIdentity } from '../../src/exec/identity.ts';
import { addRelease } from '../../src/release/add.ts';
import type { ReleaseContext } from '../../src/release/context.ts';
import { makeDeltas } from '../../src/release/delta.ts';
import { promote } from '../../src/release/promote.ts';
import { rotate } from '../../src/release/rotate.ts';
import { Store } from '../../src/store/store.ts';
import { testToolbox } from './toolbox.ts';

const [folder = '', build = '', last = ''] = process.argv.slice(2);
let steps = 0;
const context: ReleaseContext = {
  repository: join(folder, 'repository'),
  keys: [join(folder, 'keys')],
  workshop: {
    toolbox: () => testToolbox(),
    store: new Store(join(folder, 'store')),
    identity: currentIdentity(),
    signal: new AbortController().signal,
  },
  now: () => new Date(),
  onMessage: () => undefined,
  graceMs: 0,
  onStep: () => {
    // No handler runs, nothing is cleaned up.
    if (++steps === Number(last)) process.kill(process.pid, 'SIGKILL');
  },
};
const { version } = await addRelease(context, { folder: build });
await makeDeltas(context, { version, channel: 'stable' });
await promote(context, { version, channel: 'stable' });
await rotate(context, { role: 'targets' });
process.stdout.write(String(steps));
