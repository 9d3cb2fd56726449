/** `basalt verify`: recomputes every digest and the verity tree. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { findArtifact } from '../inspect/artifact.ts';
import { verifyArtifact } from '../inspect/verify.ts';
import { type CommonOptions, inSession } from './session.ts';
import { showResult } from './show-result.ts';
import { verificationLines } from './verify-view.ts';
import { workshopOf } from './workshop.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify <artifact>')
    .description('recompute every digest and the verity tree, and compare what belongs together')
    .addHelpText(
      'after',
      `
ARTIFACT is a raw or QCOW2 disk, a UKI, an output folder or its manifest.json,
or the name of an image, for its newest output folder. Ends with exit code 1
when anything is wrong.

Examples:
  ./basalt verify qemu
  ./basalt verify out/qemu/1.2.0/qemu_1.2.0.raw
`,
    )
    .action((artifact: string, options: CommonOptions) =>
      inSession(options, async (session) => {
        const place = await findArtifact(artifact, join(session.home, 'out'));
        const verification = await verifyArtifact(workshopOf(session), place);
        await showResult(session, 'verify', verification, verificationLines);
        const failed = verification.checks.filter(({ outcome }) => outcome === 'failed');
        const [first] = failed;
        if (first === undefined) return;
        throw new UserError(
          'verify-failed',
          `${failed.length} of ${verification.checks.length} checks failed`,
          {
            seen: `${first.file}${first.place === undefined ? '' : `, ${first.place}`}: ${first.detail ?? first.claim}`,
            where: verification.artifact,
            next: ['do not use it: copy it again from its source, or build it again'],
          },
        );
      }),
    );
}
