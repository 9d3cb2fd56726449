/** The scripts that iPXE runs (ipxe.org/scripting), from templates/ipxe. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError } from '../../errors.ts';
import { renderTemplate } from '../../templating/render.ts';
import type { InstallPlan } from '../install-plan.ts';

export interface Scripts {
  /** The first script: the same for every machine. */
  boot(server: string): string;
  install(plan: InstallPlan): string;
  /** Tells lines, waits, and boots from the disk. */
  disk(lines: readonly string[], seconds: number): string;
}

/** What may be in a command: iPXE splits at spaces, and `;`, `&`, `|`, `$`, `#` would mean more (core/exec.c). */
const WORD = /^[A-Za-z0-9._~:/?=,@+%()-]*$/;

/** @param folder templates/ipxe. */
export async function readScripts(folder: string): Promise<Scripts> {
  const read = async (name: string) => {
    const file = `${name}.ipxe.hbs`;
    const template = await readFile(join(folder, file), 'utf8');
    return (values: Readonly<Record<string, unknown>>) => renderTemplate(template, values, file);
  };
  const [boot, install, disk] = await Promise.all([read('boot'), read('install'), read('disk')]);
  return {
    boot: (server) => boot({ server }),
    install: (plan) => {
      const words = [plan.kernel, ...plan.initrds.flatMap(({ name, url }) => [name, url]), ...plan.arguments];
      const odd = words.find((word) => !WORD.test(word));
      if (odd !== undefined) throw new BugError(`"${odd}" cannot stand in a script of iPXE`);
      return install({ ...plan });
    },
    disk: (lines, seconds) => disk({ lines, seconds }),
  };
}
