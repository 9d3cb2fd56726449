/** Reads an image on this machine's own kernel, through a loop mount: no emulation in the way. Needs root. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timed } from './timed.ts';

export interface NativeReads {
  /** 1000 random reads of 4 KiB in the two largest programs. */
  readonly randomMs: number;
  /** Every regular file, once. */
  readonly everythingMs: number;
}

const ROUNDS = 3;

/** A mount namespace of its own: the mount and the loop device go when it ends. */
const MOUNT = 'mount -o loop,ro "$1" "$2"; sync; echo 3 > /proc/sys/vm/drop_caches; ';
const RANDOM = `${MOUNT}python3 - "$2/usr/bin/containerd" "$2/usr/sbin/dockerd" <<'END'
import os, sys, time
files = [(os.open(p, os.O_RDONLY), os.path.getsize(p) // 4096) for p in sys.argv[1:]]
seed, started = 1, time.monotonic()
for count in range(1000):
    seed = (seed * 1103515245 + 12345) % 2147483648
    file, pages = files[count % len(files)]
    os.pread(file, 4096, (seed % pages) * 4096)
print((time.monotonic() - started) * 1000)
END`;
const EVERYTHING = `${MOUNT}started=\${EPOCHREALTIME/./}
find "$2" -xdev -type f -print0 | xargs -0 cat > /dev/null
echo $(( (\${EPOCHREALTIME/./} - started) / 1000 ))`;

/** Measures an image; the shortest of a few rounds, the image itself in the page cache's way as little as possible. */
export async function nativeReads(image: string): Promise<NativeReads> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-bench-'));
  const measure = async (script: string) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { stdout } = await timed([
        'unshare',
        '--mount',
        'bash',
        '-eu',
        '-c',
        script,
        'reads',
        image,
        folder,
      ]);
      times.push(Number(stdout.trim()));
    }
    return Math.min(...times);
  };
  try {
    return { randomMs: await measure(RANDOM), everythingMs: await measure(EVERYTHING) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
