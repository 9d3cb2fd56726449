/** What `list` found, for people. */
import { relative } from 'node:path';
import { printable } from '../report/printable.ts';
import { formatSize } from '../units.ts';
import { formatAge } from './age.ts';
import type { Page } from './show-result.ts';
import { hanging } from './wrap-text.ts';

/** A finished build. */
export interface ListedBuild {
  readonly version: string;
  readonly folder: string;
  /** Sum of its files. */
  readonly sizeBytes: number;
  /** ISO 8601, UTC. */
  readonly builtAt: string;
}

/** An image, by recipe and by what was built. */
export interface ListedImage {
  readonly name: string;
  /** Undefined for builds whose recipe is gone. */
  readonly recipe: string | undefined;
  readonly description: string | undefined;
  readonly features: readonly string[];
  readonly formats: readonly string[];
  /** How many mistakes keep the recipe from being read. */
  readonly problems: number;
  /** Newest first. */
  readonly builds: readonly ListedBuild[];
}

/** The lines of a list. */
export function listLines(
  { images }: { readonly images: readonly ListedImage[] },
  page: Page,
): readonly string[] {
  if (images.length === 0) return ['no recipes, and nothing built'];
  return images.flatMap((image, index) => [...(index === 0 ? [] : ['']), ...imageLines(image, page)]);
}

function imageLines(image: ListedImage, page: Page): readonly string[] {
  const { paint, columns } = page;
  const field = (name: string, values: readonly string[]) =>
    values.length === 0 ? [] : hanging(`  ${name.padEnd(8)}  `, printable(values.join(', ')), columns);
  const trouble =
    image.recipe === undefined
      ? ['its recipe is gone']
      : image.problems > 0
        ? [
            `the recipe has ${image.problems} ${image.problems === 1 ? 'mistake' : 'mistakes'}: build it to see them`,
          ]
        : [];
  return [
    paint('strong', printable(image.name)),
    ...(image.description ? hanging('  ', printable(image.description), columns) : []),
    ...trouble.flatMap((text) => hanging('  ', text, columns)).map((line) => paint('warning', line)),
    ...field('features', image.features),
    ...field('formats', image.formats),
    ...(image.builds.length === 0
      ? [paint('quiet', '  not built yet')]
      : image.builds.map((build) => buildLine(build, page))),
  ];
}

function buildLine({ version, folder, sizeBytes, builtAt }: ListedBuild, { paint }: Page): string {
  const age = formatAge(Date.now() - Date.parse(builtAt));
  const facts = `${formatSize(sizeBytes)}, ${age} old`;
  return `  ${'built'.padEnd(8)}  ${paint('strong', printable(version))}  ${facts}  ${paint('quiet', printable(relative('.', folder)))}`;
}
