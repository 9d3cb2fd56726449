/** `basalt verify`: recomputes every digest and the verity tree. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { findArtifact, pathOf } from '../inspect/artifact.ts';
import type { Check } from '../inspect/check.ts';
import { verifyArtifact } from '../inspect/verify.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { openPage, showResult } from './show-result.ts';
import { checkLines, type Verification, verdictLines } from './verify-view.ts';
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
        const workshop = workshopOf(session);
        // Here, while there is a view that can say so if the tools tree must be made first.
        if (place.kind !== 'uki') await workshop.toolbox();
        const checks = await tellChecks(session, verifyArtifact(workshop, place));
        const failed = checks.filter(({ outcome }) => outcome === 'failed');
        const result: Verification = { artifact: pathOf(place), ok: failed.length === 0, checks };
        await showResult(session, 'verify', result, verdictLines);
        if (failed[0] !== undefined) throw failure(result, failed[0]);
      }),
    );
}

/** Collects the checks; people see each as it is done, since a disk takes seconds. */
export async function tellChecks(session: Session, source: AsyncIterable<Check>): Promise<readonly Check[]> {
  const page = session.json ? undefined : await openPage(session);
  const checks: Check[] = [];
  for await (const check of source) {
    page?.write(checkLines(check, checks.at(-1), page));
    checks.push(check);
  }
  return checks;
}

function failure({ artifact, checks }: Verification, { file, place, detail, claim }: Check): UserError {
  const count = checks.filter(({ outcome }) => outcome === 'failed').length;
  return new UserError('verify-failed', `${count} of ${checks.length} checks failed`, {
    seen: `${file}${place === undefined ? '' : `, ${place}`}: ${detail ?? claim}`,
    where: artifact,
    next: ['do not use it: copy it again from its source, or build it again'],
  });
}
