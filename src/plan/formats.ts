/** The stages that make the wanted disk formats of the raw disk. */
import {
  type ConvertedFormat,
  type DiskFormat,
  diskFormats,
  formatCatalogue,
  stageOfFormat,
  withSources,
} from '../formats/catalogue.ts';
import { boxValues } from '../formats/vagrant-box.ts';
import type { PartitionSizes, Recipe } from '../recipe/recipe.ts';
import { renderTemplate } from '../templating/render.ts';
import { alignUp, GIB, MIB } from '../units.ts';
import type { StageOptions } from './catalogue.ts';
import type { Parts } from './parts.ts';
import type { PlanBuilder } from './plan.ts';

/** Of the compressed disk. Its content is compressed already: higher levels take longer and save nothing. */
const ZSTD_LEVEL = 3;
/** The two partition tables, and what alignment takes. */
const TABLES_BYTES = 4 * MIB;

export interface FormatsInput {
  readonly recipe: Pick<Recipe, 'name' | 'formats' | 'partitions'>;
  readonly parts: Pick<Parts, 'machineTemplates'>;
  readonly version: string;
  readonly epoch: number;
  /** Keeps a text as a source, and gives its digest. */
  readonly text: (value: string) => string;
}

/** Adds a stage for each wanted format, and for those that they are made of. The stage of the raw disk is there. */
export function addFormats(builder: PlanBuilder, input: FormatsInput): void {
  const options = optionsOf(input);
  for (const format of withSources(diskFormatsOf(input.recipe))) {
    const { title, from } = formatCatalogue[format];
    if (format === 'raw' || from === undefined) continue;
    // The input is named as in the stages from before there were more formats: a name is part of the digest.
    const name = format === 'qcow2' ? 'disk' : from;
    builder.add(format, title, options[format](), { [name]: stageOfFormat(from) });
  }
}

function diskFormatsOf({ formats }: Pick<Recipe, 'formats'>): DiskFormat[] {
  return diskFormats.filter((format) => formats.includes(format));
}

/** Whole GiB, as people give disks to machines. */
function machineBytesOf({ espBytes, rootBytes, verityBytes, varMinimumBytes }: PartitionSizes): number {
  return alignUp(espBytes + 2 * (rootBytes + verityBytes) + varMinimumBytes + TABLES_BYTES, GIB);
}

function optionsOf(input: FormatsInput): { readonly [F in ConvertedFormat]: () => StageOptions[F] } {
  const { recipe, parts, version, epoch, text } = input;
  const machineBytes = machineBytesOf(recipe.partitions);
  const machine = { epoch, image: recipe.name, version };
  const values = boxValues({ image: recipe.name, version, machineBytes });
  const { ovf, libvirtVagrantfile, virtualboxVagrantfile } = parts.machineTemplates;
  return {
    qcow2: () => ({}),
    'raw.zst': () => ({ level: ZSTD_LEVEL }),
    vmdk: () => ({ machineBytes }),
    vhdx: () => ({ machineBytes }),
    vhd: () => ({ machineBytes, epoch }),
    gce: () => ({ machineBytes, epoch }),
    ova: () => ({ ...machine, ovf: text(ovf) }),
    'vagrant-libvirt': () => ({
      ...machine,
      vagrantfile: text(renderTemplate(libvirtVagrantfile, values, 'libvirt.rb.hbs')),
    }),
    'vagrant-virtualbox': () => ({
      ...machine,
      ovf: text(ovf),
      vagrantfile: text(renderTemplate(virtualboxVagrantfile, values, 'virtualbox.rb.hbs')),
    }),
  };
}
