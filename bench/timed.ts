/** Runs a program, and measures its time and the memory of it and all its descendants. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** What a run took. */
export interface Timed {
  readonly wallMs: number;
  /** The largest sum, over all processes at one moment, of resident memory without shared files. */
  readonly peakProcessBytes: number;
  /** By how much the machine's tmpfs grew at most: also by what others wrote there meanwhile. */
  readonly peakTmpfsBytes: number;
  readonly stdout: string;
}

const SAMPLE_MS = 500;
const OUTPUT_TAIL_CHARACTERS = 6000;

/**
 * Runs a program to its end.
 * @throws {Error} with the end of its output when it fails.
 */
export async function timed(
  command: readonly [string, ...string[]],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Timed> {
  const [program, ...args] = command;
  const tmpfsBefore = await sharedMemoryBytes();
  const startedAt = performance.now();
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-OUTPUT_TAIL_CHARACTERS);
  });
  let peakProcessBytes = 0;
  let peakTmpfsBytes = 0;
  let sampling = false;
  const sample = async () => {
    if (sampling || child.pid === undefined) return;
    sampling = true;
    peakProcessBytes = Math.max(peakProcessBytes, await residentBytes(child.pid));
    peakTmpfsBytes = Math.max(peakTmpfsBytes, (await sharedMemoryBytes()) - tmpfsBefore);
    sampling = false;
  };
  const timer = setInterval(() => void sample(), SAMPLE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const wallMs = performance.now() - startedAt;
    if (code !== 0) {
      throw new Error(
        `${program} failed (exit code ${code}):\n${stderr}\n${stdout.slice(-OUTPUT_TAIL_CHARACTERS)}`,
      );
    }
    return { wallMs, peakProcessBytes, peakTmpfsBytes, stdout };
  } finally {
    clearInterval(timer);
  }
}

/** Resident memory of a process and its descendants, files that they map left out (proc_pid_status(5)). */
async function residentBytes(pid: number): Promise<number> {
  const parents = new Map<number, number>();
  const anonymous = new Map<number, number>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  await Promise.all(
    pids.map(async (each) => {
      const status = await readFile(`/proc/${each}/status`, 'utf8').catch(() => '');
      parents.set(each, numberAfter(status, 'PPid'));
      anonymous.set(each, numberAfter(status, 'RssAnon') * 1024);
    }),
  );
  const isBelow = (each: number): boolean => {
    for (let at: number | undefined = each; at !== undefined && at > 1; at = parents.get(at)) {
      if (at === pid) return true;
    }
    return false;
  };
  return pids.filter(isBelow).reduce((sum, each) => sum + (anonymous.get(each) ?? 0), 0);
}

async function sharedMemoryBytes(): Promise<number> {
  return numberAfter(await readFile('/proc/meminfo', 'utf8'), 'Shmem') * 1024;
}

function numberAfter(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}
