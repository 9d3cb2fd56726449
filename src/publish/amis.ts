/** `amis.json`: which AMI in which region a build was published as. Lies in the output folder, beside manifest.json. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../store/store.ts';

const FILE = 'amis.json';

const amisSchema = z.object({
  basaltAmis: z.literal(1),
  image: z.string(),
  version: z.string(),
  architecture: z.string(),
  /** Of the raw disk: a folder that was built anew since has other AMIs. */
  sha256: z.string(),
  /** Region → AMI. */
  regions: z.record(z.string(), z.string()),
});

export type Amis = z.infer<typeof amisSchema>;

/** What a folder's raw disk was published as; undefined when it was not. */
export async function readAmis(folder: string, sha256: string): Promise<Amis | undefined> {
  try {
    const amis = amisSchema.parse(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
    return amis.sha256 === sha256 ? amis : undefined;
  } catch {
    return undefined;
  }
}

/** Notes AMIs; those of other regions that the same disk was published in stay. */
export async function noteAmis(folder: string, amis: Omit<Amis, 'basaltAmis'>): Promise<void> {
  const known = await readAmis(folder, amis.sha256);
  const regions = Object.entries({ ...known?.regions, ...amis.regions }).sort(([a], [b]) => (a < b ? -1 : 1));
  const all: Amis = { basaltAmis: 1, ...amis, regions: Object.fromEntries(regions) };
  await writeFileAtomically(join(folder, FILE), `${JSON.stringify(all, null, 2)}\n`);
}
