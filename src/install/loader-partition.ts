/**
 * The partition that the UKI or its boot loader was started from. An ISO is known by its volume; a live UKI that somebody copied to
 * a stick has no other mark.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The variable by which systemd-stub(7) says where the UKI was, since version 257. It is not there after a start from the network, or from a
 * disk without a GPT. LoaderDevicePartUUID is not asked: a boot loader that found nothing to start leaves it as well, before the
 * firmware goes on to the network.
 */
const VARIABLE = 'StubDevicePartUUID';
const FOLDER = 'sys/firmware/efi/efivars';
const VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
/** efivarfs puts the variable's attributes before its content. */
const ATTRIBUTE_BYTES = 4;

/**
 * @param root Folder with `sys`, for tests.
 * @returns The partition's UUID in small letters; undefined when there is none.
 */
export async function loaderPartition(root = '/'): Promise<string | undefined> {
  const bytes = await readFile(join(root, FOLDER, `${VARIABLE}-${VENDOR}`)).catch(() => undefined);
  const text = bytes?.subarray(ATTRIBUTE_BYTES).toString('utf16le').replace(/\0+$/, '').toLowerCase();
  // A firmware that leaves something else there is not believed.
  return text !== undefined && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined;
}
