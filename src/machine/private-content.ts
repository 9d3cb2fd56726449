/** Moves a machine's credentials from the command line, which every user of the host can read, into files. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content, MachineSpec } from './spec.ts';

/** Returns the same machine with its OEM strings and fw_cfg values in files that only this user can read. */
export async function withPrivateContent(spec: MachineSpec, workDirectory: string): Promise<MachineSpec> {
  const move = async (content: Content, name: string): Promise<Content> => {
    if ('path' in content) return content;
    const path = join(workDirectory, name);
    await writeFile(path, content.value, { mode: 0o600 });
    return { path };
  };
  const { oemStrings, fwCfg } = spec;
  return {
    ...spec,
    ...(oemStrings && {
      oemStrings: await Promise.all(oemStrings.map((entry, index) => move(entry, `oem-string-${index}`))),
    }),
    ...(fwCfg && {
      fwCfg: await Promise.all(
        fwCfg.map(async (entry, index) => ({ name: entry.name, ...(await move(entry, `fw-cfg-${index}`)) })),
      ),
    }),
  };
}
