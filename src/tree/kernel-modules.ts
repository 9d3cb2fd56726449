/** Which kernel modules are left out of an image. Pure. */
import { globExpression } from './glob.ts';

/**
 * The modules that patterns drop, but for those that stay by name, and those that a module needs that stays.
 * @param dependencies The text of modules.dep (depmod(8)): `kernel/fs/a.ko.xz: kernel/lib/b.ko.xz …`, all that a module
 * needs, directly or not.
 * @param choice Patterns below the folder `kernel`; names as modprobe takes them, or `=folder` for all in a folder.
 * @returns Their paths, as in modules.dep.
 */
export function droppedModules(
  dependencies: string,
  choice: { readonly drop: readonly string[]; readonly keep: readonly string[] },
): string[] {
  const needs = new Map(
    dependencies
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => {
        const [module = '', rest = ''] = line.split(':');
        return [module, rest.split(' ').filter((path) => path !== '')] as const;
      }),
  );
  const patterns = choice.drop.map((pattern) => globExpression(pattern));
  const names = new Set(choice.keep.filter((name) => !name.startsWith('=')).map(nameOf));
  const folders = choice.keep.filter((name) => name.startsWith('=')).map((name) => `${name.slice(1)}/`);
  const stays = (module: string): boolean => {
    const path = module.replace(/^kernel\//, '');
    return (
      names.has(nameOf(path)) ||
      folders.some((folder) => path.startsWith(folder)) ||
      !patterns.some((pattern) => pattern.test(path.replace(/\.ko(\..*)?$/, '')) || pattern.test(path))
    );
  };
  const kept = new Set<string>();
  for (const [module, needed] of needs) {
    if (!stays(module)) continue;
    kept.add(module);
    for (const path of needed) kept.add(path);
  }
  return [...needs.keys()].filter((module) => !kept.has(module)).sort();
}

/** `drivers/net/bnxt/bnxt_en.ko.xz` → `bnxt_en`; the kernel takes - and _ as the same. */
function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.ko(\..*)?$/, '').replaceAll('-', '_');
}
