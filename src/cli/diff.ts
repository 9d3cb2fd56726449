/** `basalt diff`: what changed between two builds. */
import type { Command } from 'commander';
import { type Changes, compareContents } from '../publish/changes/compare.ts';
import { readContents } from '../publish/changes/contents.ts';
import { withChangelogs } from '../publish/changes/package-changelogs.ts';
import { diffLines } from './diff-view.ts';
import { type CommandResult, type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';
import { workshopOf } from './workshop.ts';

interface DiffOptions extends CommonOptions {
  readonly changelog: boolean;
}

export function registerDiff(program: Command): void {
  program
    .command('diff <before> <after>')
    .description('show what changed between two builds: packages, sizes, changelogs')
    .option('--no-changelog', 'leave out the changelogs of packages')
    .addHelpText(
      'after',
      `
BEFORE and AFTER are output folders, out/IMAGE/VERSION, package locks or bills of
materials (sbom.cdx.json). Changelogs come from the packages in the store.

Example:
  ./basalt diff out/qemu/1.1.0 out/qemu/1.2.0
  ./basalt diff old/packages.lock.json new/packages.lock.json --json
`,
    )
    .action((before: string, after: string, options: DiffOptions) =>
      inSession(options, (session) => diff(session, before, after, options)),
    );
}

async function diff(
  session: Session,
  before: string,
  after: string,
  { changelog }: DiffOptions,
): Promise<CommandResult> {
  const [old, young] = await Promise.all([readContents(before), readContents(after)]);
  const changes = compareContents(old, young);
  const told: Changes = changelog ? await withChangelogs(changes, young, workshopOf(session)) : changes;
  await showResult(session, 'diff', told, diffLines);
}
