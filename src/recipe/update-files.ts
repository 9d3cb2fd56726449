/** What a recipe says of updates, as files of the image: the update client reads them. */
import { recipeDefaults as byDefault } from './defaults.ts';
import type { Fragment } from './fragment.ts';
import type { FileEntry } from './recipe.ts';

const FOLDER = '/usr/lib/basalt/update';

/** Nothing when the recipe says nothing of updates. */
export function updateFiles({ server, channel, root }: Fragment['update']): FileEntry[] {
  const origin = (server ?? channel ?? root)?.origin;
  if (origin === undefined) return [];
  const lines = [
    ...(server === undefined ? [] : [`SERVER="${server.value}"`]),
    `CHANNEL="${channel?.value ?? byDefault.channel}"`,
  ];
  const roots = { mode: 0o644, owner: 'root', group: 'root' };
  const settings: FileEntry = {
    ...roots,
    path: `${FOLDER}/update.conf`,
    content: { kind: 'text', text: `${lines.join('\n')}\n` },
    origin,
  };
  if (root === undefined) return [settings];
  return [
    settings,
    {
      ...roots,
      path: `${FOLDER}/root.json`,
      content: { kind: 'copy', source: root.value },
      origin: root.origin,
    },
  ];
}
