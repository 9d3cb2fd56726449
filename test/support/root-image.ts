/** Looks into images with the tools tree's own programs. */
import { testToolbox } from './toolbox.ts';

const IMAGE = '/in/root.img';

/** Path → mode, owner, size and date of each entry of a squashfs image, as `unsquashfs -lln` prints them. */
export async function listRoot(image: string): Promise<Map<string, string>> {
  const toolbox = await testToolbox();
  const { stdout } = await toolbox.run(['unsquashfs', '-llnumeric', '-full-precision', '-dest', '', IMAGE], {
    binds: [{ source: image, target: IMAGE }],
  });
  const entries = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    // -rw-r----- 1/2   8 2026-01-01 00:00:00 /etc/file, with ` -> target` after a symbolic link.
    const match = /^(\S+ \S+)\s+(\S+(?:, *\S+)?) (\S+ \S+) (\/[^]*?|)((?: -> .*)?)$/.exec(line);
    if (match) entries.set(match[4] || '/', `${match[1]} ${match[2]} ${match[3]}${match[5]}`);
  }
  return entries;
}

/** The text of a file in a squashfs image. */
export async function fileInRoot(image: string, path: string): Promise<string> {
  const toolbox = await testToolbox();
  const { stdout } = await toolbox.run(
    ['sh', '-c', 'unsquashfs -cat "$1" "$2" | base64 -w0', 'sh', IMAGE, path.slice(1)],
    {
      binds: [{ source: image, target: IMAGE }],
    },
  );
  return Buffer.from(stdout, 'base64').toString();
}
