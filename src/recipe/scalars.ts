/** The words and numbers of a recipe: names, paths, modes, sizes. Each knows its pattern and what it is for. */
import { z } from 'zod';
import { formatSize, MIB, parseSize } from '../units.ts';
import { absolutePathFault, type Fault, hasControlCharacter, imagePathFault } from './image-path.ts';

/** Text with a rule of its own; `describe` is what editors and errors show. */
function checkedText(
  describe: string,
  fault: (text: string) => Fault | undefined,
  extra: Record<string, unknown> = {},
) {
  return z
    .string()
    .superRefine((text, context) => {
      const found = fault(text);
      if (found === undefined) return;
      context.addIssue({ code: 'custom', message: found.reason, params: { hint: found.hint }, input: text });
    })
    .meta({ description: describe, minLength: 1, ...extra });
}

/** One line of text that is not empty. */
export function line(describe: string) {
  return checkedText(describe, (text) => {
    if (text.trim() === '') return { reason: 'empty', hint: describe };
    return hasControlCharacter(text)
      ? { reason: 'which is more than one line or has a control character', hint: describe }
      : undefined;
  });
}

/** A name that must match a pattern; `noun` completes "not ...". */
function name(noun: string, pattern: RegExp, describe: string) {
  return z
    .string()
    .regex(pattern, { error: `not ${noun}` })
    .meta({ description: describe });
}

/** Debian policy 5.6.1. */
export const packageName = name(
  'a Debian package name',
  /^[a-z0-9][a-z0-9+.-]+$/,
  'a Debian package name: two or more of a-z 0-9 + - . and no version (`basalt lock` keeps versions)',
);

/** systemd.unit(5). */
export const unitName = name(
  'the name of a systemd unit',
  /^[A-Za-z0-9:_.\\@-]+\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/,
  'a systemd unit with its suffix, such as ssh.socket or fstrim.timer',
);

export const targetName = name(
  'the name of a systemd target',
  /^[A-Za-z0-9:_.\\@-]+\.target$/,
  'a systemd target with its suffix, such as multi-user.target',
);

/** useradd(8), as Debian allows and systemd's strict rules agree. */
export const accountName = name(
  'a user or group name',
  /^[a-z_][a-z0-9_-]{0,30}$/,
  'a user or group name: up to 31 of a-z 0-9 _ - and starting with a letter or _',
);

/** Packages of Debian make names such as Debian-exim too. */
export const packageAccountName = name(
  'a user or group name',
  /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/,
  'a user or group name: up to 31 letters, digits, _ and -, not starting with a digit or -',
);

export const featureName = name(
  'the name of a feature',
  /^[a-z0-9][a-z0-9-]*$/,
  'a feature: the name of a file in the features folder, without .yaml',
);

export const suiteName = name('the name of a suite', /^[a-z0-9][A-Za-z0-9./_-]*$/, 'a suite, such as trixie');

export const componentName = name(
  'the name of a component',
  /^[a-z0-9][a-z0-9./-]*$/,
  'a component of the archive, such as main or non-free-firmware',
);

export const dracutModule = name(
  'the name of a dracut module',
  /^[A-Za-z0-9_-]+$/,
  'a dracut module, such as systemd-veritysetup',
);

export const kernelModule = name(
  'the name of a kernel module',
  /^=?[A-Za-z0-9_/-]+$/,
  'a kernel module such as virtio_blk, or a folder of them such as =drivers/net/ethernet',
);

export const modulePattern = name(
  'a pattern of kernel modules',
  /^(arch|block|crypto|drivers|fs|kernel|lib|mm|net|security|sound|virt)\/[A-Za-z0-9_*?{},./-]+$/,
  "a path in the folder of the kernel's modules, such as drivers/gpu/**; * matches within a folder, ** across folders",
);

export const localeName = name(
  'the name of a locale',
  /^[A-Za-z]{1,8}(_[A-Z]{2})?(\.[A-Za-z0-9-]+)?(@[a-z]+)?$/,
  'a locale, such as C.UTF-8 or en_US.UTF-8',
);

export const variableName = name(
  'a variable name',
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'a name of letters, digits and _, not starting with a digit',
);

/** The owner of a file: a name, or the number of an account that packages or the build make. */
export const owner = z
  .union([accountName, z.int().min(0).max(65_533)], { error: 'not a user or group' })
  .meta({ description: 'a user or group: its name or its number', default: 'root' });

/** Permission bits, four octal digits. */
export const mode = name(
  'a mode',
  /^[0-7]{4}$/,
  'four octal digits in quotes, such as "0644": without the quotes YAML reads 0644 as the decimal number 644',
);

/** An absolute path in the image that a recipe may write. */
export const imagePath = checkedText(
  'an absolute path in the image; not under /var, /run, /tmp, /proc, /sys, /dev, nor what leads into /var (/home, /root, /srv, /opt, /mnt, /usr/local)',
  imagePathFault,
  { pattern: '^/' },
);

/** An absolute path anywhere on the machine. */
export function machinePath(describe: string) {
  return checkedText(describe, absolutePathFault, { pattern: '^/' });
}

/** One argument of the kernel's command line; quotes may hold spaces, as in dyndbg="file a.c +p". */
export const kernelArgument = checkedText(
  'one argument of the kernel command line, such as console=ttyS0',
  (text) => {
    if (text === '' || hasControlCharacter(text))
      return { reason: 'empty or more than one line', hint: 'write one argument per list item' };
    if (/\s/.test(text.replace(/"[^"]*"/g, '')))
      return { reason: 'more than one argument', hint: 'write one argument per list item' };
    if (!/^(roothash|root|usrhash)=/.test(text)) return undefined;
    return {
      reason: 'which the build writes itself',
      hint: 'remove it: the root and its hash belong to the signed kernel image',
    };
  },
);

/** A pattern of paths in the image to remove. */
export const pathPattern = checkedText(
  'an absolute path in the image; * matches within a folder, ** across folders',
  (text) => {
    const fault = absolutePathFault(text);
    if (fault !== undefined) return fault;
    return /^\/[^/]*[*?[{]|^\/$/.test(text)
      ? { reason: 'which takes away the whole root', hint: 'name the first folder in full' }
      : undefined;
  },
  { pattern: '^/' },
);

/** The address of an update repository. */
export const updateServer = name(
  'the address of an update repository',
  /^https?:\/\/[^\s/:?#@"]+(:[0-9]{1,5})?(\/[^\s"?#]*)?$/,
  'such as https://updates.example.com/basalt',
);

export const channelName = name(
  'the name of a channel',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'letters, digits, ".", "_" and "-", such as stable',
);

/** A file or folder on the build machine. */
export function buildPath(describe: string) {
  return checkedText(`${describe}; relative to the file it is written in, or absolute`, (text) => {
    if (text === '') return { reason: 'empty', hint: describe };
    if (hasControlCharacter(text)) return { reason: 'which has a control character', hint: 'remove it' };
    if (!text.split('/').includes('..')) return undefined;
    return { reason: 'which has ".." in it', hint: "a path outside of the recipe's folder must be absolute" };
  });
}

const SIZE = /^[0-9]+(\.[0-9]+)? ?([KMGTkmgt]([Ii]?[Bb])?|[Bb])?$/;

/** A size as people write it, within bounds and a multiple of `stepBytes`. */
export function size(
  describe: string,
  bounds: { minimumBytes: number; maximumBytes: number; stepBytes: number; why?: string },
) {
  const { minimumBytes, maximumBytes, stepBytes, why } = bounds;
  return z
    .union([z.string().meta({ pattern: SIZE.source }), z.int().positive()], { error: 'not a size' })
    .superRefine((value, context) => {
      const refuse = (message: string, hint: string) =>
        context.addIssue({ code: 'custom', message, params: { hint }, input: value });
      const bytes = SIZE.test(String(value)) ? parseSize(String(value)) : undefined;
      if (bytes === undefined)
        return refuse('not a size', 'a number with K, M, G or T (2^10 ... 2^40), such as 512M');
      if (bytes < minimumBytes)
        return refuse(
          'too small',
          `at least ${formatSize(minimumBytes)}${why === undefined ? '' : `: ${why}`}`,
        );
      if (bytes > maximumBytes) return refuse('too large', `at most ${formatSize(maximumBytes)}`);
      if (bytes % stepBytes !== 0)
        return refuse(`not a multiple of ${formatSize(stepBytes)}`, `such as ${nextStep(bytes, stepBytes)}`);
    })
    .meta({
      description: `${describe}; a number with K, M, G or T (2^10 ... 2^40), such as 512M`,
    });
}

function nextStep(bytes: number, stepBytes: number): string {
  const rounded = Math.ceil(bytes / stepBytes) * stepBytes;
  return rounded % MIB === 0 ? `${rounded / MIB}M` : `${rounded / 1024}K`;
}
