/** `basalt why`: what brought a package in. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { buildsOf, builtImages } from '../inspect/output-folder.ts';
import { type Lock, packageSets, parseLock } from '../packages/lock.ts';
import { nearNames } from '../packages/near-names.ts';
import { requestDigest, requestsOf, resolvePackages } from '../packages/resolve.ts';
import { why } from '../packages/why.ts';
import { droppedPackages } from '../plan/dropped.ts';
import { loadRecipe } from '../recipe/load.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { type BuildCommandOptions, buildOptionsOf } from './build.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';
import { whyLines } from './why-view.ts';

interface WhyOptions extends CommonOptions {
  readonly image?: string;
}

export function registerWhy(program: Command): void {
  program
    .command('why <package>')
    .description('say which recipe line or chain of dependencies brought a package in')
    .option('--image <image>', 'image to look in (default: the one built last)')
    .addHelpText(
      'after',
      `
It looks in the package lock of the image's last build; of an image that was
never built, it resolves the packages first.

Example:
  ./basalt why libsystemd-shared --image qemu
`,
    )
    .action((name: string, options: WhyOptions) =>
      inSession(options, async (session) => {
        const image = options.image ?? (await lastBuilt(session));
        const recipe = await loadRecipe(image, { imagesDir: session.imagesDir });
        const { lock, source } = await lockOf(session, recipe, options);
        const packages = why(lock, requestsFor(recipe, lock), name);
        if (packages.length === 0) throw unknownPackage(name, lock, source);
        await showResult(session, 'why', { image: recipe.name, lock: source, packages }, whyLines);
      }),
    );
}

async function lastBuilt({ home }: Session): Promise<string> {
  const outDir = join(home, 'out');
  const newest = await Promise.all(
    (await builtImages(outDir)).map(async (image) => ({ image, build: (await buildsOf(outDir, image))[0] })),
  );
  const [last] = newest.sort((a, b) => (b.build?.builtAt ?? 0) - (a.build?.builtAt ?? 0));
  if (last?.build !== undefined) return last.image;
  throw new UserError('image-needed', 'no image was built yet', {
    seen: `no finished build in ${outDir}`,
    next: ['name an image with --image IMAGE; ./basalt list shows them'],
  });
}

async function lockOf(
  session: Session,
  recipe: Recipe,
  options: CommonOptions,
): Promise<{ readonly lock: Lock; readonly source: string }> {
  const [build] = await buildsOf(join(session.home, 'out'), recipe.name);
  if (build !== undefined) {
    const file = join(build.folder, 'packages.lock.json');
    const lock = parseLock(await readFile(file, 'utf8'), file);
    if (lock.request !== requestDigest(recipe)) {
      const text = `${recipe.name} was changed since it was built: recipe lines may not fit the lock`;
      session.reporter.emit({ type: 'message', level: 'warning', text });
    }
    return { lock, source: file };
  }
  const buildOptions: BuildCommandOptions = { ...options, set: [], format: [] };
  const onMessage = (text: string) => session.reporter.emit({ type: 'message', level: 'info', text });
  const onWarning = (text: string) => session.reporter.emit({ type: 'message', level: 'warning', text });
  const lock = await resolvePackages({
    ...(await buildOptionsOf(session, recipe.name, buildOptions)),
    now: Date.now(),
    onMessage,
    onWarning,
  });
  return { lock, source: 'the package lists' };
}

function requestsFor(recipe: Recipe, lock: Lock) {
  const { drop } = recipe.packages;
  const [root, initrd, kernel, live] = packageSets.map((set) => requestsOf(recipe, set));
  const names = (requests: readonly { readonly name: string }[]) => new Set(requests.map(({ name }) => name));
  const dropped = new Set(droppedPackages(lock, names(recipe.packages.add), names(drop)));
  return { root: root ?? [], initrd: initrd ?? [], kernel: kernel ?? [], live: live ?? [], drop, dropped };
}

function unknownPackage(name: string, lock: Lock, source: string): UserError {
  const locked = new Set(packageSets.flatMap((set) => lock[set].map((entry) => entry.name)));
  const near = nearNames(name, locked, 4);
  return new UserError('package-not-locked', `no package ${name} is in ${lock.image}`, {
    where: source,
    needed: `the name of one of its ${locked.size} packages`,
    next: near.length === 0 ? [] : [`near names: ${near.join(', ')}`],
  });
}
