/** Removes what a machine does not need: documentation, man pages, locales, and the recipe's own patterns. */
import { globExpression } from './glob.ts';
import type { Tree } from './tree.ts';

export interface TrimOptions {
  readonly documentation: boolean;
  readonly manPages: boolean;
  /** Undefined keeps all locales. */
  readonly keepLocales?: readonly string[] | undefined;
  /** Absolute glob patterns. */
  readonly paths: readonly string[];
}

const DOCUMENTATION = [
  '/usr/share/info',
  '/usr/share/lintian',
  '/usr/share/bug',
  '/usr/share/doc-base',
  '/usr/share/linda',
];
const MAN_PAGES = ['/usr/share/man', '/usr/share/groff'];
const LOCALES = ['/usr/share/locale', '/usr/share/i18n', '/usr/lib/locale'];

/** Trims a tree. Copyright files stay: licences require them to go with the binaries. */
export function trim(tree: Tree, options: TrimOptions): void {
  if (options.documentation) {
    for (const path of DOCUMENTATION) tree.remove(path);
    for (const [path, node] of tree.under('/usr/share/doc')) {
      if (node.kind !== 'directory' && !path.endsWith('/copyright')) tree.remove(path);
    }
    removeEmptyDirectories(tree, '/usr/share/doc');
  }
  if (options.manPages) for (const path of MAN_PAGES) tree.remove(path);
  if (options.keepLocales !== undefined) {
    const keep = new Set(
      options.keepLocales.flatMap((name) => [name, name.toLowerCase().replace('utf-8', 'utf8')]),
    );
    for (const folder of LOCALES) {
      for (const name of tree.children(folder)) {
        if (!keep.has(name) && !keep.has(name.replace(/\.utf8$/, '.UTF-8'))) tree.remove(`${folder}/${name}`);
      }
    }
  }
  if (options.paths.length === 0) return;
  const expressions = options.paths.map(globExpression);
  for (const [path] of tree.under('/'))
    if (expressions.some((expression) => expression.test(path))) tree.remove(path);
}

/** Removes directories below `root` that hold nothing, deepest first. */
function removeEmptyDirectories(tree: Tree, root: string): void {
  const occupied = new Set<string>();
  for (const [path, node] of tree.under(root).reverse()) {
    if (node.kind === 'directory' && !occupied.has(path)) continue;
    for (let parent = path; parent !== root && !occupied.has(parent); ) {
      occupied.add(parent);
      parent = parent.slice(0, parent.lastIndexOf('/'));
    }
  }
  for (const [path, node] of tree.under(root))
    if (node.kind === 'directory' && !occupied.has(path)) tree.remove(path);
}
