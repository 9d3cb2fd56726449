/** Looks for signs of trouble in what a machine wrote to its console. */
import { plainText } from './plain-text.ts';

/** One line that should not have been there. */
export interface Finding {
  /** What kind of trouble: the name of the pattern. */
  readonly pattern: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

/** A kind of trouble. The first pattern that a line matches names it. */
interface Trouble {
  readonly name: string;
  readonly pattern: RegExp;
}

const TROUBLES: readonly Trouble[] = [
  { name: 'kernel panic', pattern: /Kernel panic - not syncing/ },
  { name: 'lockup', pattern: /soft lockup - CPU#|hard LOCKUP on cpu/ },
  {
    name: 'RCU stall',
    pattern: /\brcu\b.*(?:self-detected stall|detected (?:expedited )?stalls)|rcu_\w+ kthread starved for/,
  },
  { name: 'hung task', pattern: /INFO: task .+ blocked for more than \d+ seconds/ },
  { name: 'kernel oops', pattern: /\bOops: |\bkernel BUG at |\bBUG: |Unable to handle kernel/ },
  // Only with the kernel's timestamp: programs write WARNING: about lesser things.
  { name: 'kernel warning', pattern: /^\[ *\d+\.\d+\].*\bWARNING: / },
  { name: 'call trace', pattern: /\bCall Trace:/ },
  { name: 'hardware error', pattern: /\[Hardware Error\]/ },
  {
    name: 'emergency shell',
    pattern:
      /emergency (?:mode|shell)|dracut: Refusing to continue|Give root password for maintenance|Press Enter for maintenance/i,
  },
  { name: 'ordering cycle', pattern: /ordering cycle/i },
  { name: 'init crash', pattern: /systemd\[1\]: (?:Freezing execution|Caught <\w+>)/ },
  {
    name: 'segfault',
    pattern:
      /\bsegfault at |general protection fault|status=11\/SEGV|\bSIGSEGV\b|\btrap (?:invalid opcode|divide error)\b/,
  },
  // Not the socket that waits for core dumps, which every boot names.
  { name: 'core dump', pattern: /systemd-coredump(?:\[\d+\]|@\d)|\(core dumped\)|code=dumped/ },
  { name: 'out of memory', pattern: /Out of memory: |out of memory: Killed|\boom-kill\b|invoked oom-killer/ },
  {
    name: 'verity corruption',
    pattern: /device-mapper: verity: .*(?:is corrupted|reached maximum errors)|dm-verity device corrupted/,
  },
  {
    name: 'file system error',
    pattern: /(?:EXT4-fs|SQUASHFS|BTRFS|XFS|FAT-fs).*\berror\b|erofs.*corrupted|was not properly unmounted/i,
  },
  {
    name: 'I/O error',
    pattern:
      /\bI\/O error\b|rejecting I\/O to offline device|critical (?:medium|target|space allocation) error/,
  },
  { name: 'dependency failed', pattern: /\[DEPEND\]|Dependency failed for / },
  { name: 'unit timed out', pattern: /\[ TIME \]|Timed out waiting for device / },
  { name: 'unit failed', pattern: /\[FAILED\]|Failed to (?:start|mount|listen on) |: Failed with result '/ },
  { name: 'generator failed', pattern: /system-generators\/\S+ (?:failed|terminated)/ },
];

/** Audit records quote other programs' words, and their `res=failed` is no failure of the machine. */
const AUDIT_RECORD = /\baudit(?:\[\d+\])?: type=\d+|\baudit\(\d+\.\d+:\d+\)/;

export interface ScanOptions {
  /** Lines that are expected in this boot, such as the verity error of a deliberately damaged image. */
  readonly allow?: readonly RegExp[];
}

/**
 * Scans console text, with or without escape sequences.
 * @returns One finding for each line that tells of trouble; none for a clean boot.
 */
export function scanConsole(text: string, { allow = [] }: ScanOptions = {}): Finding[] {
  return plainText(text)
    .split('\n')
    .flatMap((line, index) => {
      if (AUDIT_RECORD.test(line)) return [];
      const trouble = TROUBLES.find(({ pattern }) => pattern.test(line));
      if (trouble === undefined || allow.some((pattern) => pattern.test(line))) return [];
      return [{ pattern: trouble.name, line: index + 1, text: line.trim() }];
    });
}
