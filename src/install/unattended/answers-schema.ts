/** The YAML form of an answers file. The descriptions are what editors show, and what errors quote as "what is allowed". */
import { z } from 'zod';
import { hostnameShape } from '../../cloud-config/names.ts';
import { sshKeyFault } from '../../cloud-config/ssh-key.ts';
import type { SchemaNode } from '../../yaml/schema-node.ts';
import { addressFault } from './address.ts';
import { DISK_SELECTORS, diskSelectorFault } from './disk-selector.ts';
import { afterwards } from './plan.ts';
import { isToken } from './token.ts';

/** A text that a function judges. */
function word(description: string, fault: (text: string) => string | undefined) {
  return z
    .string()
    .superRefine((text, context) => {
      const found = fault(text);
      if (found !== undefined) context.addIssue({ code: 'custom', message: `which ${found}` });
    })
    .meta({ description });
}

const address = (description: string) => word(description, addressFault);

const configSchema = z
  .strictObject({
    text: z.string().min(1).optional().meta({ description: 'the cloud-config itself' }),
    file: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'path of a file; a relative one is beside the answers file' }),
    url: address('address of http or https; it is asked once').optional(),
  })
  .refine((config) => Object.values(config).filter((value) => value !== undefined).length === 1, {
    error: 'not with one of text, file and url',
  });

/** An answers file. */
export const answersSchema = z
  .strictObject({
    disk: word(
      `the disk to install to: ${DISK_SELECTORS}; there must be one such disk, and only one`,
      diskSelectorFault,
    ),
    keepVar: z.boolean().default(false).meta({ description: 'keep the data of an earlier installation' }),
    config: configSchema
      .optional()
      .meta({ description: 'the cloud-config of the machine: {text: …}, {file: …} or {url: …}' }),
    hostname: z
      .string()
      .superRefine((text, context) => {
        const fault = hostnameShape.check?.(text);
        if (fault !== undefined)
          context.addIssue({ code: 'custom', message: fault.reason, params: { hint: fault.hint } });
      })
      .optional()
      .meta({ description: 'name of the machine, added to the cloud-config' }),
    sshKeys: z
      .array(word('a line of a .pub file', (text) => sshKeyFault(text)?.reason.replace(/^which /, '')))
      .default([])
      .meta({ description: 'ssh keys of the user core, added to the cloud-config' }),
    reboot: z
      .enum(afterwards)
      .default('yes')
      .meta({ description: 'what the machine does when it is installed: yes, no or poweroff' }),
    report: z
      .strictObject({
        url: address('address of http or https'),
        token: word('a bearer token, as RFC 6750, 2.1, has it', (text) =>
          isToken(text) ? undefined : 'is no token',
        ),
      })
      .optional()
      .meta({ description: 'a server that is told how far it is, as docs/provisioning.md has it' }),
  })
  .meta({ title: 'Basalt answers', description: 'what an installation without questions is to do' });

/** Draft 7, which VS Code's YAML extension supports in full. */
export function answersJsonSchema(): SchemaNode {
  return z.toJSONSchema(answersSchema, { target: 'draft-7', io: 'input' }) as unknown as SchemaNode;
}
