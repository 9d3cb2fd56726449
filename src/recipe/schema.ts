/**
 * The YAML form of a recipe. The descriptions are what editors show (through `recipeJsonSchema`) and what
 * errors quote as "what is allowed". How files are combined is in `merge.ts`; in short: scalars replace,
 * lists add up, and `components`, `mirrors`, `formats` and `trim.keepLocales` replace.
 */
import { z } from 'zod';
import { diskFormats } from '../formats/catalogue.ts';
import { liveFormats } from '../formats/live.ts';
import { GIB, KIB, MIB } from '../units.ts';
import { recipeDefaults as byDefault } from './defaults.ts';
import { directorySchema, fileSchema, hookSchema, linkSchema, mirrorSchema, userSchema } from './entries.ts';
import * as scalars from './scalars.ts';

const ADDS = 'Adds to what is inherited.';
const REPLACES = 'Replaces what is inherited.';
const SAME_PATH = `${ADDS} A later entry of the same path, be it file, directory or link, replaces an earlier one.`;
/** Far above any disk, far below where whole bytes lose precision. */
const LARGEST_PARTITION = 1024 * 1024 * GIB;

/** A list that may be left out. */
function list<T extends z.ZodType>(item: T, description: string, byDefault: readonly unknown[] = []) {
  return z.array(item).optional().meta({ description, default: byDefault });
}

/** A list that replaces what is inherited, so an empty one would leave nothing. */
function choice<T extends z.ZodType>(item: T, description: string, byDefault?: readonly unknown[]) {
  return z
    .array(item)
    .min(1)
    .optional()
    .meta({ description, ...(byDefault === undefined ? {} : { default: byDefault }) });
}

function flag(description: string, value: boolean) {
  return z.boolean().optional().meta({ description, default: value });
}

/** A map of keys that may be left out. */
function section<T extends z.ZodRawShape>(description: string, shape: T) {
  return z.strictObject(shape).optional().meta({ description });
}

function partition(description: string, minimumBytes: number, size: string, why?: string) {
  const bounds = {
    minimumBytes,
    maximumBytes: LARGEST_PARTITION,
    stepBytes: MIB,
    ...(why === undefined ? {} : { why }),
  };
  return scalars.size(`${description}, in whole MiB`, bounds).optional().meta({ description, default: size });
}

const packages = section(
  'Debian packages. A package added by one file and dropped by a later one is dropped, and the other way round.',
  {
    add: list(scalars.packageName, `packages to install, with what they depend on. ${ADDS}`),
    drop: list(
      scalars.packageName,
      `packages that are needed while installing, and removed from the image. ${ADDS}`,
    ),
  },
);

const kernel = section('the kernel and its command line', {
  package: scalars.packageName.optional().meta({
    description: `package of the kernel: linux-image-cloud-amd64 for virtual machines, linux-image-amd64 for bare metal. ${REPLACES}`,
    default: byDefault.kernelPackage,
  }),
  arguments: list(
    scalars.kernelArgument,
    `kernel command line; roothash= and root= are written by the build. ${ADDS}`,
  ),
  dropArguments: list(
    scalars.kernelArgument,
    `inherited arguments that are left out, as they are written there. ${ADDS}`,
  ),
  modules: section('which of its modules are left out', {
    drop: list(
      scalars.modulePattern,
      `patterns of modules that are left out, unless a module that stays needs them. ${ADDS}`,
    ),
    keep: list(scalars.kernelModule, `modules that stay although a pattern drops them. ${ADDS}`),
  }),
});

const initrd = section("what the initrd has besides Basalt's own parts", {
  packages: list(scalars.packageName, `packages that dracut may pick files from. ${ADDS}`),
  modules: list(scalars.dracutModule, `dracut modules. ${ADDS}`),
  drivers: list(scalars.kernelModule, `kernel modules. ${ADDS}`),
});

const live = section(
  'the live system, which the formats pxe, live-uki and iso hold: the image in memory, with the installer',
  {
    packages: list(
      scalars.packageName,
      `packages whose files are laid over the root there, besides what the root has. ${ADDS}`,
    ),
    arguments: list(
      scalars.kernelArgument,
      `kernel command line of the live system, besides kernel.arguments; what is installed does not get them. ${ADDS}`,
    ),
  },
);

const systemd = section('systemd units. A unit stays only in the list that the latest file puts it in.', {
  enable: list(scalars.unitName, `units to enable. ${ADDS}`),
  disable: list(scalars.unitName, `units to disable. ${ADDS}`),
  mask: list(scalars.unitName, `units that must never start. ${ADDS}`),
  defaultTarget: scalars.targetName.optional().meta({
    description: `what the machine boots into, such as multi-user.target. ${REPLACES}`,
    default: byDefault.defaultTarget,
  }),
});

const update = section(
  'where machines get newer versions from; each key replaces what is inherited. The configuration of a machine may name another server and channel, but not another root of trust.',
  {
    server: scalars.updateServer
      .optional()
      .meta({ description: 'address of the update repository; without one a machine looks for nothing' }),
    channel: scalars.channelName
      .optional()
      .meta({ description: 'channel that is followed', default: byDefault.channel }),
    root: scalars.buildPath('a file').optional().meta({
      description: 'root.json of the repository: whom machines trust (`./basalt release init` makes it)',
    }),
  },
);

const trim = section('what is removed from the packages', {
  documentation: flag(`remove documentation, except copyright files. ${REPLACES}`, byDefault.documentation),
  manPages: flag(`remove manual pages. ${REPLACES}`, byDefault.manPages),
  keepLocales: z
    .array(scalars.localeName)
    .optional()
    .meta({ description: `locales to keep; all of them when left out. ${REPLACES}` }),
  paths: list(scalars.pathPattern, `further paths to remove, * and ** match. ${ADDS}`),
});

const partitions = section('sizes of the partitions; each key replaces what is inherited', {
  esp: partition(
    'EFI system partition',
    300 * MIB,
    byDefault.partitions.esp,
    'a smaller FAT32 has too few clusters for firmware to read it',
  ),
  root: partition('each of the two root slots', 64 * MIB, byDefault.partitions.root),
  verity: partition('each of the two dm-verity slots; about 1/127 of root', MIB, byDefault.partitions.verity),
  var: partition('the least /var may have; it takes what the disk has', 64 * MIB, byDefault.partitions.var),
});

const compression = section(
  'the compressed root file system; each key replaces what is inherited. A file that changes filesystem forgets the inherited algorithm, level and blockSize; one that changes algorithm forgets the inherited level.',
  {
    filesystem: z
      .enum(['squashfs', 'erofs'])
      .optional()
      .meta({ description: 'file system of the root', default: byDefault.filesystem }),
    algorithm: z.enum(['zstd', 'xz', 'lz4', 'lz4hc', 'none']).optional().meta({
      description: 'squashfs: zstd, xz, lz4, none; erofs: zstd, lz4, lz4hc, none',
      default: byDefault.algorithm,
    }),
    level: z
      .int()
      .min(1)
      .max(22)
      .optional()
      .meta({ description: 'zstd: 1 to 22 (3 when left out); lz4hc: 1 to 12 (9); others have no levels' }),
    blockSize: scalars
      .size('block', { minimumBytes: 4 * KIB, maximumBytes: MIB, stepBytes: 4 * KIB })
      .optional()
      .meta({
        description:
          'bytes compressed together, 4K to 1M; a power of two. 128K for squashfs and 64K for erofs when left out',
      }),
  },
);

/** A recipe or feature file. */
export const recipeSchema = z
  .strictObject({
    description: scalars.line('what the image is for, in one line; never inherited'),
    extends: z
      .string()
      .regex(/^[^\s/][^\n]*$|^\/[^\n]*$/, { error: 'not the name of a recipe' })
      .optional()
      .meta({
        description:
          'recipe to start from: the name of one beside this file or in the images folder, or a relative path',
      }),
    suite: scalars.suiteName
      .optional()
      .meta({ description: `Debian suite. ${REPLACES}`, default: byDefault.suite }),
    architecture: z
      .enum(['amd64'])
      .optional()
      .meta({ description: "Debian's name of the architecture", default: byDefault.architecture }),
    components: choice(scalars.componentName, `components of the archive. ${REPLACES}`, byDefault.components),
    updates: flag(`take packages from SUITE-updates too. ${REPLACES}`, byDefault.updates),
    security: flag(`take packages from SUITE-security too. ${REPLACES}`, byDefault.security),
    mirrors: z
      .array(mirrorSchema)
      .optional()
      .meta({ description: `apt sources; the build machine's own when empty. ${REPLACES}`, default: [] }),
    packages,
    features: list(
      scalars.featureName,
      `features to merge in, in order, after what is inherited and before this file. ${ADDS}`,
    ),
    kernel,
    initrd,
    live,
    overlays: list(scalars.buildPath('a folder'), `folders laid over the root tree. ${ADDS}`),
    files: list(fileSchema, `files. ${SAME_PATH}`),
    directories: list(directorySchema, `directories. ${SAME_PATH}`),
    links: list(linkSchema, `symbolic links. ${SAME_PATH}`),
    users: list(
      userSchema,
      `accounts. ${ADDS} Of two with the same name, the later one replaces single values and adds groups and keys.`,
    ),
    accountIds: z
      .record(
        scalars.packageAccountName,
        z.int().min(101).max(899).meta({ description: 'a number from 101 to 899' }),
      )
      .optional()
      .meta({
        description: `numbers of system accounts that packages make, 101 to 899, for the user and the group of that name; Basalt's own for the name when left out. ${ADDS} A later value of the same name replaces an earlier one.`,
        default: {},
      }),
    systemd,
    update,
    trim,
    partitions,
    compression,
    formats: choice(
      z.enum([...diskFormats, ...liveFormats]),
      `what is made. Disks: ${diskFormats.join(', ')}. Live systems with the installer: ${liveFormats.join(', ')}. ${REPLACES}`,
      byDefault.formats,
    ),
    hooks: list(hookSchema, `scripts, in order. ${ADDS}`),
    variables: z
      .record(
        scalars.variableName,
        z.union([z.string(), z.number(), z.boolean()], { error: 'not a single value' }),
      )
      .optional()
      .meta({
        description: `values for templates: text, numbers, true or false. ${ADDS} A later value of the same name replaces an earlier one.`,
        default: {},
      }),
  })
  .meta({
    title: 'Basalt recipe',
    description: 'what an image is made of: the packages, files and settings of an immutable container host',
  });

/** The same with every key optional: settings, and files whose invalid keys were left out. */
export const recipePartSchema = recipeSchema.partial();

/** What a recipe file says, valid as far as it goes; nothing is filled in. */
export type RecipeDocument = z.infer<typeof recipePartSchema>;
