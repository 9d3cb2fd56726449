/** `basalt lock`: resolves the packages of an image and writes the lock. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatLock, type Lock, packageSets } from '../packages/lock.ts';
import { resolvePackages } from '../packages/resolve.ts';
import { writeFileAtomically } from '../store/store.ts';
import { addResolveOptions, type BuildCommandOptions, buildOptionsOf } from './build.ts';
import { inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

export function registerLock(program: Command): void {
  addResolveOptions(
    program.command('lock <image>').description('resolve the packages of an image, and write their lock'),
  )
    .option('--output <file>', 'write the lock here instead of on stdout')
    .addHelpText(
      'after',
      `
A build with --locked FILE uses exactly these packages.

Examples:
  ./basalt lock qemu --refresh --output images/qemu.lock.json
  ./basalt build qemu --locked images/qemu.lock.json
`,
    )
    .action((image: string, options: BuildCommandOptions) =>
      inSession(options, (session) => lock(session, image, options)),
    );
}

async function lock(session: Session, image: string, options: BuildCommandOptions) {
  const { reporter } = session;
  const buildOptions = await buildOptionsOf(session, image, options);
  const made =
    buildOptions.lock ??
    (await resolvePackages({
      ...buildOptions,
      now: Date.now(),
      onWarning: (text) => reporter.emit({ type: 'message', level: 'warning', text }),
      onMessage: (text) => reporter.emit({ type: 'message', level: 'info', text }),
    }));
  if (options.output === undefined) {
    await showResult(session, 'lock', { lock: made }, () => [formatLock(made).trimEnd()]);
    return {};
  }
  const output = resolve(options.output);
  await writeFileAtomically(output, formatLock(made));
  await showResult(session, 'lock', { output, ...countsOf(made) }, () => [summary(made, output)]);
  return { output };
}

function countsOf(lock: Lock) {
  const packages = Object.fromEntries(packageSets.map((set) => [set, lock[set].length]));
  return { image: lock.image, epoch: lock.epoch, packages };
}

function summary(lock: Lock, output: string): string {
  const counts = packageSets.map((set) => `${lock[set].length} ${set}`).join(', ');
  return `${lock.image}: packages ${counts}, lists of ${new Date(lock.epoch * 1000).toISOString().slice(0, 10)}: ${output}`;
}
