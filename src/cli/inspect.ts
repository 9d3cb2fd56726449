/** `basalt inspect`: draws an image. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { findArtifact } from '../inspect/artifact.ts';
import { inspectArtifact } from '../inspect/inspection.ts';
import { inspectionLines } from './inspect-view.ts';
import { type CommonOptions, inSession } from './session.ts';
import { showResult } from './show-result.ts';
import { workshopOf } from './workshop.ts';

export function registerInspect(program: Command): void {
  program
    .command('inspect <artifact>')
    .description('draw an image: partitions, slots, UKIs, root hash, largest packages')
    .addHelpText(
      'after',
      `
ARTIFACT is a raw or QCOW2 disk, a UKI, an output folder or its manifest.json,
or the name of an image, for its newest output folder.

Examples:
  ./basalt inspect qemu
  ./basalt inspect out/qemu/1.2.0/qemu_1.2.0.qcow2
  ./basalt inspect qemu --json | jq 'select(.type == "result").result.disk.slots'
`,
    )
    .action((artifact: string, options: CommonOptions) =>
      inSession(options, async (session) => {
        const place = await findArtifact(artifact, join(session.home, 'out'));
        const inspection = await inspectArtifact(workshopOf(session), place);
        await showResult(session, 'inspect', inspection, inspectionLines);
      }),
    );
}
