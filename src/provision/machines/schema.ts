/** The YAML form of machines.yaml. The descriptions are what editors show, and what errors quote as "what is allowed". */
import { z } from 'zod';
import * as words from './words.ts';

/** Least and most lease times make no sense beyond these. */
const LEASE = /^[1-9]\d{0,3}[mh]$/;

const rangeSchema = z.strictObject({
  from: words.address.meta({ description: 'first address to give' }),
  to: words.address.meta({ description: 'last address to give' }),
  netmask: words.address
    .optional()
    .meta({ description: "netmask; that of the interface's address when left out" }),
  lease: z
    .string()
    .regex(LEASE, { error: 'not a time' })
    .default('1h')
    .meta({ description: 'how long an address is given for: 30m, 12h' }),
  router: words.address.optional().meta({ description: 'default route to tell; none when left out' }),
  dns: z.array(words.address).default([]).meta({ description: 'name servers to tell' }),
});

const networkSchema = z.strictObject({
  interface: words.netInterface.meta({
    description: 'network interface of the machines: DHCP and TFTP answer there and nowhere else',
  }),
  address: words.address
    .optional()
    .meta({ description: "address of this server for the machines; the interface's first when left out" }),
  dhcp: z.enum(['proxy', 'full', 'none']).default('proxy').meta({
    description:
      'proxy: beside a DHCP server that is there already, gives boot files and no addresses; full: gives addresses; none: an existing DHCP server names the boot files',
  }),
  range: rangeSchema.optional().meta({ description: 'addresses to give, with dhcp: full' }),
  httpPort: z
    .int()
    .min(1)
    .max(65_535)
    .default(8080)
    .meta({ description: 'port for scripts, images and configurations' }),
  efi: z.enum(['snponly', 'ipxe']).default('snponly').meta({
    description:
      "iPXE for UEFI machines: snponly uses the firmware's driver of the card, ipxe has drivers of its own",
  }),
});

const statusSchema = z.strictObject({
  address: words.address.default('127.0.0.1').meta({ description: 'address of the status page' }),
  port: z.int().min(1).max(65_535).default(8081).meta({ description: 'port of the status page' }),
});

/** basalt.install.disk= of the unattended installer. */
const diskSchema = z.union(
  [
    z.strictObject({ serial: words.diskIdentity }),
    z.strictObject({ wwn: words.diskIdentity }),
    z.strictObject({ path: words.devicePath }),
    z.strictObject({ smallest: z.enum(['nvme', 'any']) }),
  ],
  { error: 'not one of serial, wwn, path or smallest' },
);

const configSchema = z.strictObject({
  template: words.name
    .optional()
    .meta({ description: 'a template, as `./basalt config render --list` shows them' }),
  values: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'not the name of a parameter' }),
      z.union([z.string(), z.number(), z.array(z.string())], {
        error: 'not a text, a number or a list of texts',
      }),
    )
    .optional()
    .meta({
      description:
        'parameters of the template; {name}, {mac}, {uuid} and {service-tag} stand for those of the machine',
    }),
  files: z.string().min(1).optional().meta({
    description: "folder that has the files of the template's parameters, such as keys; beside this file",
  }),
  file: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'a whole cloud-config instead of a template; beside this file' }),
});

/** What a machine gets; a group gives it to all of its machines. */
const giftShape = {
  image: words.name.optional().meta({ description: 'name of the image to boot and install' }),
  version: words.version.optional().meta({ description: 'its version; the newest build when left out' }),
  disk: diskSchema.optional().meta({
    description:
      'the disk to install to: {serial: …}, {wwn: …}, {path: …}, {smallest: nvme} or {smallest: any}',
  }),
  keepVar: z
    .boolean()
    .optional()
    .meta({ description: 'keep the data of an earlier installation', default: false }),
  config: configSchema.optional().meta({ description: 'the cloud-config of the machine' }),
  kernelArguments: z
    .array(words.kernelArgument)
    .optional()
    .meta({ description: 'more arguments for the kernel that installs', default: [] }),
};

const selectSchema = z.strictObject({
  mac: z
    .union([words.mac, z.array(words.mac).min(1)], {
      error: 'not the address of a network card, nor a list of them',
    })
    .optional()
    .meta({ description: 'MAC of a network card, or a list: any of them' }),
  uuid: words.uuid.optional(),
  serviceTag: words.fact.optional().meta({ description: 'service tag or serial number of the system' }),
  vendor: words.pattern
    .optional()
    .meta({ description: 'manufacturer of the system, such as "Dell Inc."; * matches' }),
  model: words.pattern.optional().meta({ description: 'product name, such as "PowerEdge R6*"; * matches' }),
});

const machineSchema = z.strictObject({
  name: words.name.meta({ description: 'name of the entry, for messages and `serve reinstall`' }),
  select: selectSchema.meta({ description: 'which machines it is for: all that is written must be true' }),
  group: words.name.optional().meta({ description: 'group whose settings it starts from' }),
  ...giftShape,
});

/** A machines.yaml. */
export const machinesSchema = z
  .strictObject({
    network: networkSchema.meta({ description: 'the network that machines boot from' }),
    status: statusSchema.optional().meta({ description: 'where the status page is' }),
    groups: z
      .record(
        z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'not a name' }),
        z.strictObject(giftShape),
      )
      .optional()
      .meta({ description: 'settings that several machines share; those of a machine win' }),
    machines: z.array(machineSchema).meta({ description: 'the machines' }),
  })
  .meta({ title: 'Basalt machines', description: 'which machine gets what when it boots from the network' });

/** A valid file; nothing of groups is filled in. */
export type MachinesDocument = z.infer<typeof machinesSchema>;
export type MachineEntry = MachinesDocument['machines'][number];
export type GroupEntry = NonNullable<MachinesDocument['groups']>[string];
