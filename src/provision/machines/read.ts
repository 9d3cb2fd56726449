/** Reading machines.yaml: strict, and every problem at once with its place. */
import { resolve } from 'node:path';
import type { Problem } from '../../errors.ts';
import { readDocument, type SourceDocument } from '../../yaml/document.ts';
import { suggestion } from '../../yaml/nearest.ts';
import { problemsOf } from '../../yaml/problems.ts';
import { checkNetwork } from './check-network.ts';
import { checkSelectors } from './check-selectors.ts';
import { machinesJsonSchema } from './json-schema.ts';
import type { ConfigChoice, DiskChoice, Machines, Profile } from './profile.ts';
import { type GroupEntry, type MachineEntry, type MachinesDocument, machinesSchema } from './schema.ts';
import { normalMac } from './words.ts';

export interface ReadMachines {
  /** Undefined when there are problems. */
  readonly machines: Machines | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads the text of a machines.yaml. Pure: files that it names are not looked at.
 * @param file Its name, for messages.
 * @param folder Where relative paths start from.
 */
export function readMachines(file: string, folder: string, text: string): ReadMachines {
  const source = readDocument(file, 'machines file', text);
  if (source.value === undefined || source.problems.length > 0)
    return {
      machines: undefined,
      problems: inOrder(source.problems.length > 0 ? source.problems : [emptyFile(file)]),
    };
  const parsed = machinesSchema.safeParse(source.value);
  if (!parsed.success)
    return {
      machines: undefined,
      problems: inOrder(problemsOf(parsed.error.issues, source, machinesJsonSchema())),
    };
  const document = parsed.data;
  const problems: Problem[] = [];
  const profiles = document.machines.flatMap((entry, index) => {
    const profile = profileOf(document, entry, index, source, folder, problems);
    return profile === undefined ? [] : [profile];
  });
  problems.push(...checkNetwork(document.network, source), ...checkSelectors(document, source));
  if (problems.length > 0) return { machines: undefined, problems: inOrder(problems) };
  const status = document.status ?? { address: '127.0.0.1', port: 8081 };
  return { machines: { network: document.network, status, profiles }, problems: [] };
}

function emptyFile(file: string): Problem {
  return { file, line: 1, column: 1, message: 'the file is empty', hint: 'it needs network: and machines:' };
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

function profileOf(
  document: MachinesDocument,
  entry: MachineEntry,
  index: number,
  source: SourceDocument,
  folder: string,
  problems: Problem[],
): Profile | undefined {
  const path = ['machines', index] as const;
  const before = problems.length;
  const problem = (inside: readonly PropertyKey[], message: string, hint: string) =>
    void problems.push({ ...source.place([...path, ...inside]), message, hint });
  const groups = document.groups ?? {};
  const isGroupKnown = entry.group === undefined || Object.hasOwn(groups, entry.group);
  if (!isGroupKnown && entry.group !== undefined)
    problem(
      ['group'],
      `there is no group "${entry.group}"`,
      suggestion(entry.group, Object.keys(groups), 'groups'),
    );
  const group: GroupEntry =
    entry.group !== undefined && Object.hasOwn(groups, entry.group) ? (groups[entry.group] ?? {}) : {};
  const image = entry.image ?? group.image;
  const disk = entry.disk ?? group.disk;
  if (image === undefined && isGroupKnown)
    problem([], `"${entry.name}" has no image`, 'give it here, or in its group: image: NAME');
  if (disk === undefined && isGroupKnown)
    problem([], `"${entry.name}" has no disk`, 'give it here, or in its group: disk: {smallest: nvme}');
  const config = configOf(entry, group, folder, problem);
  if (problems.length > before || image === undefined || disk === undefined) return undefined;
  const { mac, uuid, serviceTag, vendor, model } = entry.select;
  const macs = mac === undefined ? undefined : [mac].flat().map((each) => normalMac(each) ?? each);
  return {
    name: entry.name,
    group: entry.group,
    selector: { macs, uuid: uuid?.toLowerCase(), serviceTag, vendor, model },
    image,
    version: entry.version ?? (entry.image === undefined ? group.version : undefined),
    disk: diskText(disk),
    keepVar: entry.keepVar ?? group.keepVar ?? false,
    config,
    kernelArguments: [...(group.kernelArguments ?? []), ...(entry.kernelArguments ?? [])],
    origin: source.place([...path]),
  };
}

/** A template's values add up; a machine that names another template or file starts anew. */
function configOf(
  entry: MachineEntry,
  group: GroupEntry,
  folder: string,
  problem: (inside: readonly PropertyKey[], message: string, hint: string) => void,
): ConfigChoice | undefined {
  const own = entry.config;
  const startsAnew =
    own?.file !== undefined || (own?.template !== undefined && own.template !== group.config?.template);
  const base = startsAnew ? {} : (group.config ?? {});
  const merged = { ...base, ...own, values: { ...base.values, ...own?.values } };
  if (own === undefined && group.config === undefined) return undefined;
  if (merged.file !== undefined) {
    if (merged.template !== undefined || merged.files !== undefined || Object.keys(merged.values).length > 0)
      problem(
        ['config'],
        'config has a file and a template or its values',
        'a file is a whole cloud-config: name one of the two',
      );
    return { kind: 'file', file: resolve(folder, merged.file) };
  }
  if (merged.template === undefined) {
    problem(
      ['config'],
      'config names neither a template nor a file',
      'add template: NAME, here or in the group',
    );
    return undefined;
  }
  const files = merged.files === undefined ? undefined : resolve(folder, merged.files);
  return { kind: 'template', template: merged.template, values: merged.values, files };
}

function diskText(disk: NonNullable<MachineEntry['disk']>): DiskChoice {
  if ('serial' in disk) return `serial:${disk.serial}`;
  if ('wwn' in disk) return `wwn:${disk.wwn}`;
  if ('path' in disk) return `path:${disk.path}`;
  return `smallest-${disk.smallest}`;
}
