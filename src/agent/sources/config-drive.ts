/** OpenStack's config drive, a disk labelled config-2: docs/sources/config-drive.md. */
import type { Host } from '../host.ts';
import { readBounded } from '../machine/bounded.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { labelledDisk, withDisk } from './disk.ts';
import { hostnameFrom, keysOf, noMetadata } from './metadata.ts';
import { reading } from './reading.ts';
import { METADATA_MAXIMUM_BYTES, USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Found, Metadata, Source } from './source.ts';
import { presentText, userDataText } from './user-data.ts';

/** Upper case is what vfat makes of it. */
const LABELS = ['config-2', 'CONFIG-2'];
const USER_DATA = 'openstack/latest/user_data';
const META_DATA = 'openstack/latest/meta_data.json';

export const configDrive: Source = {
  name: 'config-drive',
  isHere: (host) => labelledDisk(host, LABELS) !== undefined,
  read(host) {
    const device = labelledDisk(host, LABELS) ?? '';
    return reading('config-drive', device, () =>
      withDisk(host, device, (folder) => readDrive(host, device, folder)),
    );
  },
};

function readDrive(host: Host, device: string, folder: string): Found {
  const userData = readBounded(host, `${folder}/${USER_DATA}`, USER_DATA_MAXIMUM_BYTES);
  const metaData = readBounded(host, `${folder}/${META_DATA}`, METADATA_MAXIMUM_BYTES);
  if (userData === undefined && metaData === undefined) {
    throw new Unreadable(`it has neither ${USER_DATA} nor ${META_DATA}`);
  }
  return {
    source: 'config-drive',
    where: `${device}, ${USER_DATA}`,
    userData: userDataText(host, userData),
    metadata:
      metaData === undefined ? noMetadata : readMetaDataJson(host, presentText(metaData, META_DATA) ?? '{}'),
  };
}

function readMetaDataJson(host: Host, text: string): Metadata {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Unreadable(`${META_DATA} is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Unreadable(`${META_DATA} is not an object`);
  }
  const { hostname, public_keys: keys } = value as { hostname?: unknown; public_keys?: unknown };
  return {
    hostname: hostnameFrom(host, 'config-drive', hostname),
    sshAuthorizedKeys: keysOf(keys),
    addresses: {},
  };
}
