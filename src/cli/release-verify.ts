/** `basalt release verify`: is the repository whole? */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { verifyRepository } from '../release/verify.ts';
import { releaseContext } from './release-context.ts';
import { type CommonOptions, inSession } from './session.ts';
import { showResult } from './show-result.ts';
import { tellChecks } from './verify.ts';
import { type Verification, verdictLines } from './verify-view.ts';
import { workshopOf } from './workshop.ts';

interface VerifyCommandOptions extends CommonOptions {
  readonly deep?: boolean;
}

export function addReleaseVerify(release: Command): void {
  release
    .command('verify <repository>')
    .description('check every signature, date and file of a repository')
    .option('--deep', 'apply the deltas too')
    .addHelpText(
      'after',
      `
Needs no keys and changes nothing. Ends with exit code 1 when anything is wrong.

Example:
  ./basalt release verify /srv/updates --deep
`,
    )
    .action((repository: string, options: VerifyCommandOptions) =>
      inSession(options, async (session) => {
        const artifact = resolve(repository);
        // Here, while there is a view that can say so if the tools tree must be made first.
        await workshopOf(session).toolbox();
        const context = releaseContext(session, repository, options);
        const checks = await tellChecks(session, verifyRepository(context, { deep: options.deep ?? false }));
        const failed = checks.filter(({ outcome }) => outcome === 'failed');
        const result: Verification = { artifact, ok: failed.length === 0, checks };
        await showResult(session, 'release verify', result, verdictLines);
        const [first] = failed;
        if (first === undefined) return;
        throw new UserError('verify-failed', `${failed.length} of ${checks.length} checks failed`, {
          seen: `${first.file}: ${first.detail ?? first.claim}`,
          where: artifact,
          next: [
            'what ran out: ./basalt release expire signs it again',
            'a damaged file: put it back from a copy; a release: ./basalt release add its build again',
          ],
        });
      }),
    );
}
