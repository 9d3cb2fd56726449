/** Whether /var would come back after a power cut, with everything on it that the machine had said was there. */
import { basename, dirname } from 'node:path';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { MARKS } from './recording.ts';

export interface VarView {
  readonly problems: readonly string[];
  /** What was put right after the journal was replayed, of what is put right without asking; without numbers. */
  readonly mends: readonly string[];
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

/** Told as mended, instead of the many words of the second check. */
export const GAVE_UP = 'e2fsck -p gave up, e2fsck -y went on';

/**
 * In one sandbox, since there are thousands of states: what the initrd does (basalt-disk.service), and for each state, not
 * only for those that ask for it: replays the journal, checks everything, mends what is safe to mend, and only when that is
 * not enough, the rest. Then a look at files, and all of it undone.
 */
const SCRIPT = `rm -f /disk/undo
told=$(e2fsck -f -p -z /disk/undo "$1" 2>&1); code=$?; disk=$1
if [ $code -gt 1 ]; then
  if [ -e /disk/undo ]; then e2undo /disk/undo "$1" >/dev/null 2>&1; rm -f /disk/undo; fi
  disk=$1.copy; cp --sparse=auto -- "$1" "$disk"
  told=$(echo "${GAVE_UP}"; e2fsck -f -y "$disk" 2>&1); code=$?
fi
echo "$told" | head -c 20000
echo "e2fsck ends with $code"
debugfs -f - "$disk" 2>/dev/null
if [ -e /disk/undo ]; then e2undo /disk/undo "$1" >/dev/null; fi
rm -f "$1.copy"`;

/**
 * @param path A file with the file system alone; it is as it was when this returns.
 * @param mark The newest one that was acknowledged; 0 when there was none.
 */
export async function viewVar(toolbox: Toolbox, path: string, mark: number): Promise<VarView> {
  const paths = [...(mark > 0 ? [markPath(mark)] : []), ...DOCUMENTS];
  const { stdout } = await toolbox.run(['bash', '-c', SCRIPT, 'check', `/disk/${basename(path)}`], {
    binds: [{ source: dirname(path), target: '/disk', writable: true }],
    input: paths.map((each) => `cat ${each}\n`).join(''),
  });
  const [, checked = '', code = '', looked = ''] =
    /^(.*?)e2fsck ends with ([0-9]+)\n?(.*)$/s.exec(stdout) ?? [];
  const problems: string[] = [];
  if (code !== '0' && code !== '1') problems.push(`e2fsck ends with ${code}: ${checked.slice(0, 500)}`);
  const files = filesIn(looked);
  if (mark > 0 && files.get(markPath(mark))?.trim() !== String(mark))
    problems.push(`mark ${mark} is lost: ${files.get(markPath(mark)) ?? 'no file'}`);
  for (const name of DOCUMENTS) {
    const text = files.get(name);
    if (text !== undefined && parsed(text) === undefined)
      problems.push(`${name} is not JSON: ${text.slice(0, 80)}`);
  }
  const state = parsed(files.get(`${UPDATE}/state.json`) ?? '');
  return { problems, mends: mendsOf(checked), state: state as UpdateStateView | undefined };
}

/** Its words, but for those about the journal and the totals. */
function mendsOf(stdout: string): string[] {
  if (stdout.startsWith(GAVE_UP)) return [GAVE_UP];
  const lines = stdout
    .split('\n')
    .map((line) => line.replace(/^[^:]*: /, '').trim())
    .filter(
      (line) =>
        line !== '' && !/^recovering journal|^[0-9]+\/[0-9]+ files|^Overwriting existing|^e2undo /.test(line),
    );
  return [...new Set(lines.map((line) => line.replace(/[0-9]+/g, 'N')))];
}

/** The partition is mounted at /var. */
function markPath(mark: number): string {
  return `${MARKS.replace(/^\/var/, '')}/${mark}`;
}

/** debugfs repeats each command before what comes of it; of a missing file comes nothing. */
function filesIn(text: string): Map<string, string> {
  const pieces = text.split(/^debugfs: cat (.*)(?:\n|$)/m).slice(1);
  const found = new Map<string, string>();
  for (let index = 0; index < pieces.length; index += 2) {
    const content = pieces[index + 1] ?? '';
    if (content !== '') found.set(pieces[index] ?? '', content);
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
