/** The YAML form of a recipe's list entries: files, directories, links, users, hooks, mirrors. */
import { z } from 'zod';
import {
  accountName,
  buildPath,
  componentName,
  imagePath,
  line,
  machinePath,
  mode,
  owner,
  suiteName,
  variableName,
} from './scalars.ts';

const CONTENT_KEYS = ['content', 'source', 'template'] as const;

function contentKeysOf(file: object): readonly string[] {
  return CONTENT_KEYS.filter((key) => key in file);
}

const ownership = {
  owner: owner
    .optional()
    .meta({ description: 'the user it belongs to: a name such as www-data, or a number', default: 'root' }),
  group: owner
    .optional()
    .meta({ description: 'the group it belongs to: a name such as www-data, or a number', default: 'root' }),
};

function permissions(byDefault: string) {
  return mode.optional().meta({ description: mode.meta()?.description ?? '', default: byDefault });
}

/** A file: exactly one of `content`, `source` and `template`. */
export const fileSchema = z
  .strictObject({
    path: imagePath,
    content: z.string().optional().meta({ description: 'the text of the file, as it is' }),
    source: buildPath('a file to copy').optional(),
    template: buildPath('a Handlebars template to render').optional(),
    mode: permissions('0644'),
    ...ownership,
  })
  .refine((file) => contentKeysOf(file).length === 1, {
    // Also when another key of the file is wrong, so that all problems are told together.
    when: (payload) =>
      typeof payload.value === 'object' && payload.value !== null && !Array.isArray(payload.value),
    error: (issue) => {
      const given = contentKeysOf(issue.input as object);
      return given.length === 0
        ? 'with none of content, source and template'
        : `with ${given.join(' and ')} together`;
    },
    params: { hint: 'exactly one of content, source, template' },
  })
  .meta({
    description: 'a file: its path and exactly one of content, source and template',
    oneOf: CONTENT_KEYS.map((key) => ({ required: [key] })),
  });

/** An empty folder. */
export const directorySchema = z
  .strictObject({ path: imagePath, mode: permissions('0755'), ...ownership })
  .meta({ description: 'a folder, made when it is not there' });

/** A symbolic link. */
export const linkSchema = z
  .strictObject({
    path: imagePath,
    target: line('where the link points, absolute or relative to its folder'),
  })
  .meta({ description: 'a symbolic link' });

const authorizedKey = z
  .string()
  .regex(
    /^([a-z][^\n]* )?(ssh-(ed25519|rsa)|ecdsa-sha2-nistp[0-9]+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) AAAA[A-Za-z0-9+/=]+( [^\n]*)?$/,
    {
      error: 'not a public SSH key',
    },
  )
  .meta({ description: 'one line of authorized_keys(5): a public key such as "ssh-ed25519 AAAA... name"' });

/** An account made in the image. */
export const userSchema = z
  .strictObject({
    name: accountName,
    uid: z.int().min(1).max(60_000).optional().meta({
      description: 'number of the user, 1 to 60000; one below 1000 that its name gives when left out',
    }),
    group: accountName
      .optional()
      .meta({ description: "the user's own group; one of the user's name when left out" }),
    groups: z.array(accountName).optional().meta({ description: 'further groups', default: [] }),
    shell: machinePath('the shell').optional().meta({ description: 'the shell', default: '/bin/bash' }),
    home: machinePath('the home folder')
      .optional()
      .meta({ description: 'the home folder; /home/NAME when left out' }),
    description: z
      .string()
      .regex(/^[^:\n]*$/, { error: 'which has a ":" or is more than one line' })
      .optional()
      .meta({ description: "the person's or service's full name, for passwd(5)", default: '' }),
    sshAuthorizedKeys: z
      .array(authorizedKey)
      .optional()
      .meta({ description: 'public SSH keys baked into the image', default: [] }),
  })
  .meta({ description: 'a user; a later one of the same name changes it' });

/** A zx script of the recipe. */
export const hookSchema = z
  .strictObject({
    script: buildPath('a zx script'),
    environment: z
      .record(variableName, z.string())
      .optional()
      .meta({ description: 'environment variables for the script', default: {} }),
  })
  .meta({
    description: "a zx script that runs on the package tree, before the recipe's own files are laid over it",
  });

/** An apt source. */
export const mirrorSchema = z
  .strictObject({
    uri: z
      .string()
      .regex(/^(https?:\/\/[^\s/]+(\/\S*)?|file:\/\S+)$/, { error: 'not the address of an archive' })
      .meta({ description: 'address of the archive: http://, https:// or file:/' }),
    suites: z
      .array(suiteName)
      .min(1)
      .optional()
      .meta({ description: "suites to take; the recipe's suite when left out" }),
    components: z
      .array(componentName)
      .min(1)
      .optional()
      .meta({ description: "components to take; the recipe's when left out" }),
    keyring: buildPath("OpenPGP keyring that signs the archive, Debian's own when left out").optional(),
  })
  .meta({ description: 'an apt source' });
