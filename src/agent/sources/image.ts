/** The configuration that the recipe baked into the image: docs/sources/image.md. */

import { readBounded } from '../machine/bounded.ts';
import { noMetadata } from './metadata.ts';
import { reading } from './reading.ts';
import { USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Source } from './source.ts';
import { userDataText } from './user-data.ts';

const FILE = '/usr/share/basalt/cloud-config.yaml';

export const image: Source = {
  name: 'image',
  isHere: (host) => host.kind(FILE) !== undefined,
  read: (host) =>
    reading('image', FILE, () => {
      const userData = userDataText(host, readBounded(host, FILE, USER_DATA_MAXIMUM_BYTES));
      return userData === undefined
        ? undefined
        : { source: 'image', where: FILE, userData, metadata: noMetadata };
    }),
};
