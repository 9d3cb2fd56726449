/** Whether /var would come back after a power cut, with everything on it that the machine had said was there. */
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { MARKS } from './recording.ts';

export interface VarView {
  readonly problems: readonly string[];
  /** The journal was replayed and there was something to put right, of what is put right without asking. */
  readonly mended: boolean;
  /** The update client's state; undefined before it wrote any. */
  readonly state: UpdateStateView | undefined;
}

/** What of the state is looked at: src/agent/update/state.ts. */
export interface UpdateStateView {
  readonly writing?: { readonly version: string };
  readonly installed?: { readonly version: string };
  readonly good?: { readonly version: string };
  readonly last?: { readonly what: string; readonly ok: boolean; readonly text: string };
}

const UPDATE = '/lib/basalt/update';
/** Files that are written whole or not at all. */
const DOCUMENTS = [
  `${UPDATE}/state.json`,
  ...['root', 'timestamp', 'snapshot', 'targets'].map((name) => `${UPDATE}/trust/${name}.json`),
];

/**
 * @param path A file with the file system alone; it stays as it is.
 * @param mark The newest one that was acknowledged; 0 when there was none.
 */
export async function viewVar(toolbox: Toolbox, path: string, mark: number): Promise<VarView> {
  const copy = `${path}.checked`;
  try {
    // Holes stay holes.
    await execa('cp', ['--sparse=auto', '--', path, copy]);
    const binds = [{ source: dirname(copy), target: '/disk', writable: true }];
    const image = `/disk/${basename(copy)}`;
    const problems: string[] = [];
    // What a machine does at its start: replays the journal, checks everything, mends only what is safe to mend.
    const check = await toolbox.run(['e2fsck', '-f', '-p', image], { binds, accept: [0, 1, 2, 3, 4, 8, 12] });
    if (check.exitCode > 1)
      problems.push(`e2fsck ends with ${check.exitCode}: ${check.stdout.slice(0, 500)}`);
    const files = await readFiles(toolbox, copy, [...(mark > 0 ? [markPath(mark)] : []), ...DOCUMENTS]);
    if (mark > 0 && files.get(markPath(mark))?.trim() !== String(mark))
      problems.push(`mark ${mark} is lost: ${files.get(markPath(mark)) ?? 'no file'}`);
    for (const name of DOCUMENTS) {
      const text = files.get(name);
      if (text !== undefined && parsed(text) === undefined)
        problems.push(`${name} is not JSON: ${text.slice(0, 80)}`);
    }
    const state = parsed(files.get(`${UPDATE}/state.json`) ?? '');
    return { problems, mended: check.exitCode === 1, state: state as UpdateStateView | undefined };
  } finally {
    await rm(copy, { force: true });
  }
}

/** The partition is mounted at /var. */
function markPath(mark: number): string {
  return `${MARKS.replace(/^\/var/, '')}/${mark}`;
}

/** @returns What is there, by path. */
async function readFiles(
  toolbox: Toolbox,
  image: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const { stdout } = await toolbox.run(['debugfs', '-f', '-', '/disk/var'], {
    binds: [{ source: image, target: '/disk/var' }],
    input: paths.map((path) => `cat ${path}\n`).join(''),
  });
  // It repeats each command before what comes of it.
  const pieces = stdout.split(/^debugfs: cat (.*)\n/m).slice(1);
  const found = new Map<string, string>();
  for (let index = 0; index < pieces.length; index += 2) {
    const text = pieces[index + 1] ?? '';
    // A missing file is told on stderr.
    if (text !== '') found.set(pieces[index] ?? '', text);
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
