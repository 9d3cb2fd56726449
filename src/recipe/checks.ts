/** Rules across the keys of one file that a schema cannot say. They read values that may be invalid otherwise. */
import type { Problem } from '../errors.ts';
import type { SourceDocument } from '../yaml/document.ts';
import { pathText, textsAt, type ValuePath } from '../yaml/value-path.ts';

/** Lists whose entries must not meet in one file: the same name may be in one of them, once. */
interface Exclusive {
  readonly what: string;
  readonly lists: readonly { path: ValuePath; inside?: ValuePath }[];
  readonly hint: string;
}

const EXCLUSIVE: readonly Exclusive[] = [
  {
    what: 'path',
    lists: [
      { path: ['files'], inside: ['path'] },
      { path: ['directories'], inside: ['path'] },
      { path: ['links'], inside: ['path'] },
    ],
    hint: 'keep one of them: within one file there is no later one that could replace it',
  },
  { what: 'user', lists: [{ path: ['users'], inside: ['name'] }], hint: 'keep one of them' },
  {
    what: 'package',
    lists: [{ path: ['packages', 'add'] }, { path: ['packages', 'drop'] }],
    hint: 'keep it in one list, once',
  },
  {
    what: 'unit',
    lists: [{ path: ['systemd', 'enable'] }, { path: ['systemd', 'disable'] }, { path: ['systemd', 'mask'] }],
    hint: 'keep it in one list, once',
  },
  { what: 'feature', lists: [{ path: ['features'] }], hint: 'keep one of them' },
];

/** Problems between the entries of one file: the same path, user, package, unit or feature named twice. */
export function checkEntries(source: SourceDocument): Problem[] {
  return EXCLUSIVE.flatMap(({ what, lists, hint }) => {
    const first = new Map<string, ValuePath>();
    const problems: Problem[] = [];
    for (const item of lists.flatMap(({ path, inside }) => textsAt(source.value, path, inside))) {
      const earlier = first.get(item.value);
      if (earlier === undefined) {
        first.set(item.value, item.path);
        continue;
      }
      const where = `${pathText(earlier)}, line ${source.place(earlier).line}`;
      problems.push({
        ...source.place(item.path),
        message: `${pathText(item.path)} names the ${what} "${item.value}" again: it is in ${where}`,
        hint,
      });
    }
    return problems;
  });
}
