/** Entries among each other: names and identities that are written twice. Pure. */
import type { Problem } from '../../errors.ts';
import type { SourceDocument } from '../../yaml/document.ts';
import type { MachineEntry, MachinesDocument } from './schema.ts';
import { normalMac } from './words.ts';

/** What must be in one entry only. */
const unique: readonly {
  readonly noun: string;
  readonly path: readonly PropertyKey[];
  readonly values: (entry: MachineEntry) => readonly string[];
}[] = [
  { noun: 'name', path: ['name'], values: ({ name }) => [name] },
  {
    noun: 'MAC',
    path: ['select', 'mac'],
    values: ({ select }) => [select.mac ?? []].flat().map((mac) => normalMac(mac) ?? mac),
  },
  {
    noun: 'UUID',
    path: ['select', 'uuid'],
    values: ({ select }) => (select.uuid === undefined ? [] : [select.uuid.toLowerCase()]),
  },
  {
    noun: 'service tag',
    path: ['select', 'serviceTag'],
    values: ({ select }) => (select.serviceTag === undefined ? [] : [select.serviceTag.toLowerCase()]),
  },
];

/** Finds names and identities that two entries have, and entries with the same words for many machines. */
export function checkSelectors({ machines }: MachinesDocument, source: SourceDocument): Problem[] {
  const problems: Problem[] = [];
  for (const { noun, path, values } of unique) {
    const first = new Map<string, number>();
    for (const [index, entry] of machines.entries())
      for (const value of values(entry)) {
        const earlier = first.get(value);
        if (earlier === undefined) {
          first.set(value, index);
          continue;
        }
        const same = source.place(['machines', earlier, ...path]);
        problems.push({
          ...source.place(['machines', index, ...path]),
          message: `the ${noun} ${value} is written twice: first for "${machines[earlier]?.name}" in line ${same.line}`,
          hint: noun === 'name' ? 'names are unique' : 'one machine, one entry',
        });
      }
  }
  return [...problems, ...sameWords(machines, source)];
}

/** Two entries for the same vendor and model, without more: no machine could be told apart by them. */
function sameWords(machines: readonly MachineEntry[], source: SourceDocument): Problem[] {
  const first = new Map<string, string>();
  return machines.flatMap(({ name, select }, index) => {
    if (select.mac !== undefined || select.uuid !== undefined || select.serviceTag !== undefined) return [];
    const key = JSON.stringify([select.vendor?.toLowerCase(), select.model?.toLowerCase()]);
    const earlier = first.get(key);
    first.set(key, earlier ?? name);
    if (earlier === undefined) return [];
    return [
      {
        ...source.place(['machines', index, 'select']),
        message: `"${earlier}" and "${name}" are for the same machines`,
        hint: 'add what tells them apart: a service tag, a MAC, a model',
      },
    ];
  });
}
