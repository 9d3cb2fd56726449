import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { scanConsole } from '../../../src/machine/console-scan.ts';

/** Lines as Linux 6.x and systemd 257 write them. */
const trouble: readonly (readonly [string, string])[] = [
  [
    'kernel panic',
    '[    1.700800] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
  ],
  ['kernel panic', '[   12.100000] Kernel panic - not syncing: dm-verity device corrupted'],
  ['lockup', '[   36.466565] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [udevadm:333]'],
  ['lockup', '[  120.000001] watchdog: Watchdog detected hard LOCKUP on cpu 1'],
  ['RCU stall', '[   60.101010] rcu: INFO: rcu_preempt self-detected stall on CPU'],
  ['RCU stall', '[   60.101010] rcu: INFO: rcu_sched detected stalls on CPUs/tasks:'],
  ['RCU stall', '[   60.202020] rcu: rcu_preempt kthread starved for 5250 jiffies! g-1199 f0x0'],
  ['hung task', '[  242.500000] INFO: task kworker/0:1:12 blocked for more than 120 seconds.'],
  ['kernel oops', '[    3.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008'],
  ['kernel oops', '[    3.000100] Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI'],
  ['kernel oops', '[    3.000000] kernel BUG at mm/slub.c:435!'],
  [
    'kernel warning',
    '[    2.500000] WARNING: CPU: 1 PID: 1 at kernel/locking/mutex.c:580 __mutex_lock+0x3a/0x4d0',
  ],
  ['call trace', '[    1.701681] Call Trace:'],
  ['hardware error', '[    0.100000] mce: [Hardware Error]: Machine check events logged'],
  ['emergency shell', 'You are in emergency mode. After logging in, type "journalctl -xb" to view'],
  [
    'emergency shell',
    '[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39memergency.service\u001b[0m - Emergency Shell.',
  ],
  ['emergency shell', 'Press Enter for maintenance'],
  ['emergency shell', '[    5.1] dracut: Refusing to continue'],
  ['ordering cycle', '[    5.722025] systemd[1]: multi-user.target: Found ordering cycle on x.service/start'],
  [
    'ordering cycle',
    '[    5.7] systemd[1]: sockets.target: Job ssh.socket/start deleted to break ordering cycle',
  ],
  [
    'init crash',
    '[    4.1] systemd[1]: Caught <SEGV>, core dump failed (child 99, code=killed, status=11/SEGV).',
  ],
  ['init crash', '[    4.1] systemd[1]: Freezing execution.'],
  [
    'segfault',
    '[    7.654321] qjs[412]: segfault at 10 ip 000055d0c0a1 sp 00007ffd error 4 in qjs[55d0c000+e2000]',
  ],
  ['segfault', '[    7.6] traps: etcd[400] general protection fault ip:7f01 sp:7ffe error:0 in libc.so.6'],
  ['segfault', '[    7.7] traps: foo[9] trap invalid opcode ip:55 sp:7f error:0'],
  ['segfault', '[    7.8] systemd[1]: foo.service: Main process exited, code=killed, status=11/SEGV'],
  ['core dump', '[    8.0] systemd-coredump[500]: Process 499 (foo) of user 0 dumped core.'],
  ['core dump', '[    8.0] systemd[1]: foo.service: Main process exited, code=dumped, status=6/ABRT'],
  [
    'out of memory',
    '[   90.1] Out of memory: Killed process 812 (dockerd) total-vm:1843212kB, anon-rss:81234kB',
  ],
  [
    'out of memory',
    '[   90.0] dockerd invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0',
  ],
  [
    'out of memory',
    '[   90.0] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,task=a',
  ],
  ['out of memory', '[   91.0] Memory cgroup out of memory: Killed process 30 (stress) total-vm:1kB'],
  ['verity corruption', '[   10.0] device-mapper: verity: 254:2: data block 1234 is corrupted'],
  ['verity corruption', '[   10.0] device-mapper: verity: 253:2: metadata block 1 is corrupted'],
  ['verity corruption', '[   10.0] device-mapper: verity: 7:2: reached maximum errors'],
  [
    'file system error',
    '[   20.0] EXT4-fs error (device vda6): ext4_lookup:1855: inode #2: comm bash: deleted inode',
  ],
  ['file system error', '[   20.0] SQUASHFS error: Failed to read block 0x1234: -5'],
  [
    'file system error',
    '[    6.0] FAT-fs (vda1): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.',
  ],
  [
    'I/O error',
    '[   30.0] I/O error, dev vda, sector 2048 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2',
  ],
  ['I/O error', '[   30.1] Buffer I/O error on dev dm-0, logical block 4, async page read'],
  ['I/O error', '[   30.2] sd 0:0:0:0: rejecting I/O to offline device'],
  [
    'dependency failed',
    '[\u001b[0;1;38;5;185mDEPEND\u001b[0m] Dependency failed for \u001b[0;1;39mdocker.service\u001b[0m.',
  ],
  [
    'unit timed out',
    '[\u001b[0;1;31m TIME \u001b[0m] Timed out waiting for device \u001b[0;1;39mdev-vda9.device\u001b[0m.',
  ],
  [
    'unit failed',
    '[\u001b[0;1;31mFAILED\u001b[0m] Failed to start \u001b[0;1;39metcd.service\u001b[0m - etcd.',
  ],
  ['unit failed', "[    9.0] systemd[1]: etcd.service: Failed with result 'exit-code'."],
  [
    'generator failed',
    '[    2.0] systemd[180]: /usr/lib/systemd/system-generators/systemd-gpt-auto-generator failed with exit status 1.',
  ],
];

const clean = [
  '[    0.000000] Linux version 6.12.117+deb13-cloud-amd64 (debian-kernel@lists.debian.org)',
  '[    0.000000] Command line: console=ttyS0 panic=-1 systemd.verity_root_options=panic-on-corruption',
  '[    0.301234] rcu: Hierarchical RCU implementation.',
  '[    0.301240] rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.',
  '[    0.500000] mce: CPU supports 10 MCE banks',
  '[    0.650000] NMI watchdog: Perf NMI watchdog permanently disabled',
  '[    0.800000] Error: Driver pcspkr is already registered, aborting...',
  '[    1.200000] device-mapper: verity: sha256 using implementation "sha256-generic"',
  '[    1.300000] erofs (device dm-0): mounted with root inode @ nid 36.',
  '[    1.400000] EXT4-fs (vda6): mounted filesystem 0123-4567 r/w with ordered data mode. Quota mode: none.',
  '[    1.500000] EXT4-fs (vda6): re-mounted 0123-4567 r/w. Quota mode: none.',
  '[    2.000000] systemd[1]: Listening on systemd-coredump.socket - Process Core Dump Socket.',
  '[\u001b[0;32m  OK  \u001b[0m] Listening on systemd-oomd.socket - Userspace Out-Of-Memory (OOM) Killer Socket.',
  '[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39mdocker.service\u001b[0m - Docker Application Container Engine.',
  '[\u001b[0;32m  OK  \u001b[0m] Reached target \u001b[0;1;39mmulti-user.target\u001b[0m - Multi-User System.',
  '         Starting systemd-pstore.service - Platform Persistent Storage Archival...',
  '[    3.1] audit: type=1701 audit(1700000000.1:9): comm="systemd-coredump" exe="x" sig=11 res=1 (core dumped)',
  "[    3.2] audit: type=1130 audit(1700000000.2:10): pid=1 msg='unit=x res=failed' Failed to start x",
  'WARNING: some program thinks this is worth a word',
  'Debian GNU/Linux 13 basalt ttyS0',
  'basalt login: ',
];

describe('scanConsole', () => {
  it.each(trouble)('finds %s in: %s', (pattern, line) => {
    expect(scanConsole(`before\r\n${line}\r\nafter`)).toEqual([
      { pattern, line: 2, text: stripVTControlCharacters(line) },
    ]);
  });

  it.each(clean)('says nothing of: %s', (line) => {
    expect(scanConsole(line)).toEqual([]);
  });

  it('leaves out what is expected', () => {
    const text =
      '[   10.0] device-mapper: verity: 254:2: data block 1 is corrupted\n[FAILED] Failed to start a.service';
    expect(scanConsole(text, { allow: [/verity: .* is corrupted/] }).map(({ pattern }) => pattern)).toEqual([
      'unit failed',
    ]);
  });

  it('sees a message that follows a redrawn line', () => {
    const text =
      '[  ***] Job dev-a.device/start running (5s / 1min)\r\u001b[K[\u001b[0;1;31m TIME \u001b[0m] Timed out waiting for device a';
    expect(scanConsole(text)).toEqual([
      { pattern: 'unit timed out', line: 2, text: '[ TIME ] Timed out waiting for device a' },
    ]);
  });
});
