/** Looks into images with the tools tree's own programs. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testToolbox } from './toolbox.ts';

const IMAGE = '/in/root.img';

/** Path → mode, owner, size and date of each entry of a squashfs image. */
export async function listRoot(image: string): Promise<Map<string, string>> {
  const toolbox = await testToolbox();
  const { stdout } = await toolbox.run(['unsquashfs', '-llnumeric', '-full-precision', '-dest', '', IMAGE], {
    binds: [{ source: image, target: IMAGE }],
  });
  const entries = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    // `-rw-r----- 1/2   8 2026-01-01 00:00:00 /etc/file`, a device's numbers in place of a size, ` -> target` after a link.
    const match = /^(\S{10}) (\d+\/\d+)\s+(\d+(?:, *\d+)?) (\S+ \S+) (\/.*?)?( -> .*)?$/.exec(line);
    if (match === null) continue;
    const [, mode, owner, size, date, path = '/', target = ''] = match;
    // A folder's size says only that something in it differs.
    const sizeOf = mode?.startsWith('d') ? 'folder' : size;
    entries.set(path, `${mode} ${owner} ${sizeOf} ${date}${target}`);
  }
  return entries;
}

/** A file in a squashfs image. */
export async function readInRoot(image: string, path: string): Promise<Buffer> {
  const toolbox = await testToolbox();
  const script = 'unsquashfs -cat "$0" "$1" | base64 -w0';
  const { stdout } = await toolbox.run(['sh', '-c', script, IMAGE, path.slice(1)], {
    binds: [{ source: image, target: IMAGE }],
  });
  return Buffer.from(stdout, 'base64');
}

/** The text of a file in a squashfs image. */
export async function fileInRoot(image: string, path: string): Promise<string> {
  return (await readInRoot(image, path)).toString();
}

/** Path → mode, owner, size, date and SHA-256 of each entry of a compressed initrd. */
export async function listInitrd(initrd: Buffer): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-initrd-'));
  try {
    await writeFile(join(folder, 'initrd'), initrd);
    const toolbox = await testToolbox();
    const script = [
      'set -eu',
      'cd /work',
      'zstd -qdc /in/initrd > /work/archive',
      'mkdir tree',
      'cpio --quiet -tvn --force-local -F /work/archive',
      'echo',
      'cd tree',
      'cpio --quiet -i --no-absolute-filenames -m --force-local -F /work/archive 2>/dev/null || true',
      'find . -type f -exec sha256sum {} +',
    ].join('\n');
    const { stdout } = await toolbox.run(['sh', '-c', script], {
      tmpfs: ['/work'],
      binds: [{ source: join(folder, 'initrd'), target: '/in/initrd' }],
    });
    const [listing = '', sums = ''] = stdout.split('\n\n');
    const digests = new Map(
      sums.split('\n').map((line) => [line.slice(66).replace(/^\.\//, ''), line.slice(0, 64)] as const),
    );
    return new Map(
      listing.split('\n').map((line) => {
        const path =
          (/\d{4}\s(.*)$/.exec(line) ?? /\d\d:\d\d\s(.*)$/.exec(line))?.[1]?.split(' -> ')[0] ?? line;
        return [path, `${line} ${digests.get(path) ?? ''}`] as const;
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The sections of a PE file, by name: the parts of a UKI. Format: PE, "Section Table (Section Headers)". */
export async function peSections(file: string): Promise<Map<string, Buffer>> {
  const bytes = await readFile(file);
  const header = bytes.readUInt32LE(0x3c);
  const count = bytes.readUInt16LE(header + 6);
  const table = header + 24 + bytes.readUInt16LE(header + 20);
  const sections = new Map<string, Buffer>([['headers', bytes.subarray(0, table)]]);
  for (let index = 0; index < count; index++) {
    const at = table + index * 40;
    const name = bytes.toString('latin1', at, at + 8).replace(/\0+$/, '');
    const size = bytes.readUInt32LE(at + 16);
    const offset = bytes.readUInt32LE(at + 20);
    sections.set(name, bytes.subarray(offset, offset + size));
  }
  return sections;
}
