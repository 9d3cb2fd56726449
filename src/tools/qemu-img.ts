/** qemu-img: checks, converts and compares disk images. */
import { ToolError, UserError } from '../errors.ts';
import { formatSize } from '../units.ts';
import type { Toolbox } from './toolbox.ts';

/** How sound a QCOW2 image's own tables are. */
export interface Qcow2State {
  /** Clusters that are missing, or claimed twice. */
  readonly errors: number;
  /** Where the file should end. */
  readonly endBytes: number | undefined;
}

/** Exit codes of `qemu-img check`: 2 is damage, 3 is leaked space, which harms nothing. */
const CHECK_CODES = [0, 2, 3];

/** Checks the tables of a QCOW2 image. Its data carries no checksums of its own. */
export async function checkQcow2(toolbox: Toolbox, path: string, signal: AbortSignal): Promise<Qcow2State> {
  const { stdout } = await toolbox
    .run(['qemu-img', 'check', '--force-share', '--output=json', '-f', 'qcow2', '/in/disk.qcow2'], {
      signal,
      binds: [{ source: path, target: '/in/disk.qcow2' }],
      accept: CHECK_CODES,
    })
    .catch((error: unknown) => {
      if (!(error instanceof ToolError)) throw error;
      throw new UserError('qcow2-damaged', 'the QCOW2 image cannot be read', {
        seen: error.stderrTail.replaceAll('/in/disk.qcow2', path),
        where: path,
        next: ['copy or build it again: its header is damaged'],
        cause: error,
      });
    });
  const report = JSON.parse(stdout) as Record<string, number | undefined>;
  return {
    errors: (report.corruptions ?? 0) + (report['check-errors'] ?? 0),
    endBytes: report['image-end-offset'],
  };
}

/**
 * Converts a QCOW2 image to a raw disk, with holes for what is not written.
 * @param target A folder, and the name of the file made in it.
 * @throws {UserError} when the image is damaged: qemu-img would read zeros for what is missing.
 */
export async function convertToRaw(
  toolbox: Toolbox,
  path: string,
  target: { readonly folder: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const { errors, endBytes } = await checkQcow2(toolbox, path, signal);
  if (errors > 0) {
    throw new UserError('qcow2-damaged', 'the QCOW2 image is damaged or was cut short', {
      seen: `${errors} errors in its tables${endBytes === undefined ? '' : `; its intact part ends at ${formatSize(endBytes)}`}`,
      needed: 'an image whose clusters are all there',
      where: path,
      next: ['copy it again from its source, or build it again'],
    });
  }
  await toolbox.run(
    ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', '/in/disk.qcow2', `/out/${target.name}`],
    {
      signal,
      binds: [
        { source: path, target: '/in/disk.qcow2' },
        { source: target.folder, target: '/out', writable: true },
      ],
    },
  );
}
