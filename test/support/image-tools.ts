/** The built image's own programs, which run as build tools do: its root is `/`, and what is bound over it can be written. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { currentIdentity } from '../../src/exec/identity.ts';
import { Toolbox } from '../../src/tools/toolbox.ts';
import { testToolbox } from './toolbox.ts';

/** Programs, their libraries and settings; most of an image is something else. */
const PARTS = [
  'etc',
  'var',
  'usr/bin',
  'usr/sbin',
  'usr/lib64',
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/ssl',
  'usr/local',
  'usr/share/ca-certificates',
];

/**
 * @param image Its folder, as a build leaves it.
 * @param folder An existing one; the root comes to be in `root`, below it.
 */
export async function imageTools(image: string, folder: string): Promise<Toolbox> {
  const file = (await readdir(image)).find((name) => name.endsWith('.root'));
  if (file === undefined) throw new Error(`${image} has no root image`);
  const toolbox = await testToolbox();
  await toolbox.run(['unsquashfs', '-quiet', '-no-progress', '-dest', '/out/root', '/in.root', ...PARTS], {
    binds: [
      { source: join(image, file), target: '/in.root' },
      { source: folder, target: '/out', writable: true },
    ],
  });
  const root = join(folder, 'root');
  // A link to what systemd-resolved writes, over which nothing can be bound.
  await rm(join(root, 'etc/resolv.conf'), { force: true });
  await writeFile(join(root, 'etc/resolv.conf'), '');
  // Made by systemd-tmpfiles on a machine.
  for (const name of ['tmp', 'usrlocal']) await mkdir(join(root, 'var', name), { recursive: true });
  return new Toolbox(root, [], currentIdentity());
}
