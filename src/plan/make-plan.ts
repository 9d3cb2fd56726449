/** Recipe and lock → plan. Pure: no disk, network, clock or randomness. */

import { guidFromDigest } from '../disk/guid.ts';
import type { Lock } from '../packages/lock.ts';
import { unpackOrder } from '../packages/order.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { digestBytes } from '../store/digest.ts';
import { renderTemplate } from '../templating/render.ts';
import { chosenIds, homeLines, sysusersLines } from './accounts.ts';
import type { NamedFile, RootEntry } from './catalogue.ts';
import type { RecipeContent, Source } from './content.ts';
import { droppedPackages } from './dropped.ts';
import { addFormats } from './formats.ts';
import { addLive } from './live.ts';
import { AGENT_FOLDER, type Parts } from './parts.ts';
import { type Plan, PlanBuilder } from './plan.ts';
import { presetFile } from './presets.ts';

export interface PlanInput {
  readonly recipe: Recipe;
  readonly lock: Lock;
  readonly content: RecipeContent;
  readonly parts: Parts;
  /** Digest of the tools tree. */
  readonly tools: string;
  readonly version: string;
}

export interface PlanWithSources {
  readonly plan: Plan;
  /** Where the bytes behind the plan's digests are. */
  readonly sources: ReadonlyMap<string, Source>;
}

/** The ESP holds the running version's UKI, the next one's, and the one being written. */
const UKIS_IN_ESP = 3;

/** Makes the plan of an image. */
export function makePlan(input: PlanInput): PlanWithSources {
  const { recipe, lock, content, parts, version } = input;
  const { epoch } = lock;
  const texts = new Map<string, string>();
  const text = (value: string): string => {
    const sha256 = digestBytes(value);
    texts.set(sha256, value);
    return sha256;
  };
  const named = (path: string, value: string): NamedFile => ({ path, mode: 0o644, sha256: text(value) });

  const osRelease = renderTemplate(
    parts.osReleaseTemplate,
    { version, image: recipe.name, suite: recipe.suite },
    'os-release.hbs',
  );
  const definitions = [...parts.repartTemplates].map(([name, template]) =>
    named(name, renderTemplate(template, { sizes: partitionSizes(recipe) }, name)),
  );
  const filesystem = recipe.compression.filesystem;

  const builder = new PlanBuilder(input.tools);
  const digests = (packages: Lock['root']) => packages.map(({ sha256 }) => sha256);
  const rootOrder = unpackOrder(lock.root);
  const fetchRoot = builder.add(
    'fetch',
    'Fetch packages',
    { objects: digests(rootOrder.order).sort() },
    {},
    'fetch-root',
  );
  const fetchKernel = builder.add(
    'fetch',
    'Fetch kernel',
    { objects: digests(lock.kernel) },
    {},
    'fetch-kernel',
  );
  const fetchInitrd = builder.add(
    'fetch',
    'Fetch initrd packages',
    { objects: digests(lock.initrd).sort() },
    {},
    'fetch-initrd',
  );

  const kernel = builder.add(
    'kernel',
    'Kernel',
    {
      epoch,
      package: lock.kernel[0]?.sha256 ?? '',
      ...(recipe.kernel.modules.drop.length === 0 ? {} : { modules: recipe.kernel.modules }),
    },
    { packages: fetchKernel },
  );
  const initrd = builder.add(
    'initrd',
    'Initrd',
    {
      epoch,
      order: digests(unpackOrder(lock.initrd).order),
      modules: recipe.initrd.modules,
      drivers: recipe.initrd.drivers,
      files: [
        ...parts.dracutModule,
        ...definitions.map((file) => ({ ...file, path: `/usr/lib/repart.d/${file.path}` })),
        named(
          '/etc/initrd-release',
          renderTemplate(parts.initrdReleaseTemplate, { image: recipe.name }, 'initrd-release.hbs'),
        ),
      ],
    },
    { packages: fetchInitrd, kernel },
  );
  const blankUki = builder.add(
    'blank-uki',
    'Blank UKI',
    { epoch, osRelease, arguments: [...recipe.kernel.arguments, `rootfstype=${filesystem}`] },
    { kernel, initrd },
  );

  let tree = builder.add(
    'packages',
    'Install packages',
    { epoch, order: digests(rootOrder.order), essential: digests(rootOrder.essential) },
    { packages: fetchRoot },
  );
  if (content.hooks.length > 0)
    tree = builder.add(
      'hooks',
      'Hooks',
      { epoch, runtime: content.hookRuntime, scripts: content.hooks },
      { tree },
    );

  const requested = new Set(recipe.packages.add.map(({ name }) => name));
  const drop = new Set(recipe.packages.drop.map(({ name }) => name));
  const root = builder.add(
    'root',
    'Root image',
    {
      epoch,
      drop: droppedPackages(lock, requested, drop),
      trim: recipe.trim,
      entries: [...agentEntries(recipe, parts), ...content.entries, ...ownEntries(recipe, osRelease, text)],
      accountIds: chosenIds(recipe),
      compression: recipe.compression,
      rootBytes: recipe.partitions.rootBytes,
    },
    { tree, kernel },
  );
  const verity = builder.add(
    'verity',
    'Verity',
    {
      // Not secret: it makes equal blocks of different images hash differently.
      salt: digestBytes(`basalt verity salt ${recipe.name} ${version}`),
      uuid: uuidFrom(`basalt verity ${recipe.name} ${version}`),
      verityBytes: recipe.partitions.verityBytes,
    },
    { root },
  );
  const uki = builder.add('uki', 'UKI', {}, { blank: blankUki, verity });
  builder.add(
    'disk',
    'Disk image',
    {
      epoch,
      version,
      seed: uuidFrom(`basalt disk ${recipe.name} ${version}`),
      espBytes: recipe.partitions.espBytes,
      rootBytes: recipe.partitions.rootBytes,
      verityBytes: recipe.partitions.verityBytes,
      ukisInEsp: UKIS_IN_ESP,
      ukiName: `basalt_${version}+3-0.efi`,
      espFiles: [named('loader/loader.conf', parts.loaderConf)],
      definitions: [
        ...definitions,
        ...[...parts.repartContentTemplates].map(([name, template]) =>
          named(`${name}.d/content.conf`, template),
        ),
      ],
    },
    { root, verity, uki },
  );
  addFormats(builder, { recipe, parts, version, epoch, text });
  addLive(builder, { recipe, parts, lock, definitions, osRelease, version, epoch, text });

  const sources = new Map<string, Source>(content.sources);
  for (const [sha256, value] of texts) sources.set(sha256, { kind: 'text', text: value });
  for (const entry of [...lock.root, ...lock.initrd, ...lock.kernel, ...lock.live]) {
    sources.set(entry.sha256, {
      kind: 'download',
      uri: entry.uri,
      sizeBytes: entry.sizeBytes,
      name: entry.name,
    });
  }
  return { plan: builder.build({ image: recipe.name, version, epoch }), sources };
}

/** What runs the agent. An image that has it gets the agent: `base` and all that extend it. */
const AGENT_RUNTIME = 'quickjs';

function agentEntries(recipe: Recipe, parts: Parts): RootEntry[] {
  if (!recipe.packages.add.some(({ name }) => name === AGENT_RUNTIME)) return [];
  return parts.agent.map(({ path, mode, sha256 }) => ({
    kind: 'file',
    path: `${AGENT_FOLDER}/${path}`,
    mode,
    owner: '0',
    group: '0',
    sha256,
  }));
}

/** Entries every image has, laid over what the recipe brings. */
function ownEntries(recipe: Recipe, osRelease: string, text: (value: string) => string): RootEntry[] {
  const file = (path: string, value: string, mode = 0o644): RootEntry => ({
    kind: 'file',
    path,
    mode,
    owner: '0',
    group: '0',
    sha256: text(value),
  });
  const { enable, disable, mask, defaultTarget } = recipe.systemd;
  return [
    file('/usr/lib/os-release', osRelease),
    { kind: 'symlink', path: '/etc/os-release', target: '../usr/lib/os-release' },
    file('/usr/lib/sysusers.d/basalt.conf', sysusersLines(recipe.users)),
    file('/usr/lib/tmpfiles.d/basalt-home.conf', homeLines(recipe.users)),
    file('/usr/lib/systemd/system-preset/00-basalt.preset', presetFile({ enable, disable })),
    {
      kind: 'symlink',
      path: '/etc/systemd/system/default.target',
      target: `/usr/lib/systemd/system/${defaultTarget}`,
    },
    ...mask.map(
      (unit): RootEntry => ({ kind: 'symlink', path: `/etc/systemd/system/${unit}`, target: '/dev/null' }),
    ),
  ];
}

function partitionSizes(recipe: Recipe): Record<string, number> {
  const { espBytes, rootBytes, verityBytes, varMinimumBytes } = recipe.partitions;
  return { esp: espBytes, root: rootBytes, verity: verityBytes, var: varMinimumBytes };
}

/** A UUID made from a text. */
function uuidFrom(text: string): string {
  return guidFromDigest(digestBytes(text));
}
