/** Virtual media: an image that the BMC fetches from a web server and shows the machine as a CD. */
import { UserError } from '../errors.ts';
import { type Bmc, readSystem } from './bmc.ts';
import type { Resource } from './client.ts';
import { BmcRefusal, tooLate } from './failure.ts';
import { attachVirtualMedia, HANGING_MEDIA_STEPS, IMAGE_UNREACHABLE, idracGeneration } from './idrac.ts';
import { flagOf, type Json, linkOf, textOf, textsOf } from './json.ts';
import { keyOf } from './message.ts';
import { untilSeen } from './pace.ts';

/** A drive and what is in it. */
export interface VirtualDrive {
  readonly path: string;
  readonly id: string;
  readonly mediaTypes: readonly string[];
  readonly inserted: boolean;
  /** The image's URL, without a query, which may hold a token. */
  readonly image: string | undefined;
  readonly connectedVia: string | undefined;
}

export interface MediaOptions {
  /** For the BMC to say that the medium is in, or out. */
  readonly limitMs: number;
  /** Takes out what else is in the drive. */
  readonly replace: boolean;
}

export interface MediaChange {
  /** Id of the drive. */
  readonly drive: string;
  readonly image: string;
  readonly changed: boolean;
}

interface Drive {
  readonly resource: Resource;
  readonly view: VirtualDrive;
}

/** The drives of a machine: below the system in newer services, below the manager in older ones (iDRAC 9 before 6.00.02). */
export async function listDrives(bmc: Bmc): Promise<readonly VirtualDrive[]> {
  return (await findDrives(bmc)).map(({ view }) => view);
}

/**
 * Puts an image into a drive for CDs, unless it is there. A drive that says it holds the image but has no connection is
 * emptied first, and once more when it hangs.
 */
export async function mount(bmc: Bmc, url: string, options: MediaOptions): Promise<MediaChange> {
  const image = imageUrl(url);
  if (idracGeneration(bmc) !== undefined) await attachVirtualMedia(bmc);
  const drives = (await findDrives(bmc)).filter(({ view }) => holdsCds(view));
  const there = drives.find(({ resource }) => holds(resource, image));
  if (there !== undefined && isConnected(there.resource))
    return { drive: there.view.id, image: shownUrl(image), changed: false };
  const drive =
    there ?? drives.find(({ view }) => !view.inserted) ?? (options.replace ? drives[0] : undefined);
  if (drive === undefined) throw noDrive(bmc, drives);
  if (there !== undefined)
    bmc.client.say('the drive holds the image but is not connected: inserting it anew', 'warning');
  if (drive.view.inserted) await eject(bmc, drive.resource, options.limitMs);
  for (let attempt = 1; ; attempt++) {
    const failure = await insert(bmc, drive.resource, image);
    const seen = await untilSeen(
      async () => {
        const resource = await bmc.client.get(drive.resource.path);
        return holds(resource, image) && isConnected(resource) ? resource : undefined;
      },
      { limitMs: options.limitMs, pollMs: bmc.client.pace.pollMs, signal: bmc.client.signal },
    );
    if (seen !== undefined) return { drive: drive.view.id, image: shownUrl(image), changed: true };
    if (attempt === 2)
      throw await hangs(bmc, drive.resource, 'the virtual medium does not get connected', options, failure);
    bmc.client.say(
      'the virtual medium does not get connected: taking it out, and inserting it once more',
      'warning',
    );
    await eject(bmc, drive.resource, options.limitMs);
  }
}

/**
 * Takes media out of the drives for CDs.
 * @param url Only this image; all when absent.
 * @returns What was taken out.
 */
export async function unmount(
  bmc: Bmc,
  url: string | undefined,
  limitMs: number,
): Promise<readonly MediaChange[]> {
  const image = url === undefined ? undefined : imageUrl(url);
  const changes: MediaChange[] = [];
  for (const { resource, view } of await findDrives(bmc)) {
    if (!view.inserted || !holdsCds(view)) continue;
    if (image !== undefined && !holds(resource, image)) continue;
    await eject(bmc, resource, limitMs);
    changes.push({ drive: view.id, image: view.image ?? 'an image without a name', changed: true });
  }
  return changes;
}

/** Whether this image is in a drive, and connected. */
export async function isMounted(bmc: Bmc, url: string): Promise<boolean> {
  const image = imageUrl(url);
  return (await findDrives(bmc)).some(({ resource }) => holds(resource, image) && isConnected(resource));
}

/** The URL of an image. @throws {UserError} for what a BMC cannot fetch, and for a login, which it would show. */
export function imageUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new UserError('bmc-image-invalid', 'the URL of the image has a login in it', {
      seen: `${url.protocol}//***@${url.host}`,
      needed: 'a URL that works without, since the BMC shows it to everybody who is logged in',
    });
  }
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.hash === '') return url.href;
  throw new UserError('bmc-image-invalid', 'the BMC cannot fetch an image from there', {
    seen: text,
    needed: 'a URL with http or https that the BMC can reach, not only this computer',
  });
}

/** A URL as it may be shown: its query may hold a token. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const { protocol, host, pathname, search } = new URL(text);
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}

async function findDrives(bmc: Bmc): Promise<readonly Drive[]> {
  const { body } = await readSystem(bmc);
  for (const owner of [body, ...bmc.managers.map((manager) => manager.body)]) {
    const collection = linkOf(owner, 'VirtualMedia');
    if (collection === undefined) continue;
    const drives = await bmc.client.members(collection);
    if (drives.length > 0) return drives.map((resource) => ({ resource, view: viewOf(resource) }));
  }
  return [];
}

function viewOf({ path, body }: Resource): VirtualDrive {
  const image = textOf(body, 'Image');
  return {
    path,
    id: textOf(body, 'Id') ?? path,
    mediaTypes: textsOf(body, 'MediaTypes'),
    inserted: flagOf(body, 'Inserted') ?? image !== undefined,
    image: image === undefined ? undefined : shownUrl(image),
    connectedVia: textOf(body, 'ConnectedVia'),
  };
}

/** iDRAC's newer drives take everything, and say so. */
function holdsCds({ mediaTypes }: VirtualDrive): boolean {
  return mediaTypes.length === 0 || mediaTypes.includes('CD') || mediaTypes.includes('DVD');
}

function holds({ body }: Resource, image: string): boolean {
  const there = textOf(body, 'Image');
  return there !== undefined && (there === image || (URL.canParse(there) && new URL(there).href === image));
}

/** `Inserted` alone is said of media that hang as well. */
function isConnected({ body }: Resource): boolean {
  return flagOf(body, 'Inserted') !== false && textOf(body, 'ConnectedVia') !== 'NotConnected';
}

/**
 * Inserts, with fewer or more parameters when the BMC wants that: the standard needs only the image, some services refuse
 * what they do not know (400 with ActionParameterUnknown), others want to be told the protocol (ActionParameterMissing).
 */
async function insert(bmc: Bmc, drive: Resource, image: string): Promise<unknown> {
  const { client } = bmc;
  const target = textOf(drive.body, 'Actions', '#VirtualMedia.InsertMedia', 'target');
  const usual = { Image: image, Inserted: true, WriteProtected: true };
  client.say(`inserting ${shownUrl(image)}`);
  if (target === undefined) {
    // Before version 1.2 of the schema there are no actions: the image is a property that is written.
    return client.attempt(async () =>
      client.patch(await client.get(drive.path), usual, 'the virtual medium'),
    );
  }
  const protocol = new URL(image).protocol === 'https:' ? 'HTTPS' : 'HTTP';
  const bodies = (messages: readonly string[]): Json | undefined => {
    if (messages.some((key) => /Missing/.test(key)))
      return { ...usual, TransferProtocolType: protocol, TransferMethod: 'Stream' };
    return messages.some((key) => /Unknown|NotSupported|PropertyNotWritable/.test(key))
      ? { Image: image }
      : undefined;
  };
  return client.attempt(async () => {
    try {
      return await client.act(target, usual, 'the virtual medium');
    } catch (error) {
      if (error instanceof BmcRefusal && error.says(...IMAGE_UNREACHABLE)) throw noImage(error, image);
      const other =
        error instanceof BmcRefusal && error.status === 400 ? bodies(error.messages.map(keyOf)) : undefined;
      if (other === undefined) throw error;
      return client.act(target, other, 'the virtual medium');
    }
  });
}

async function eject(bmc: Bmc, drive: Resource, limitMs: number): Promise<void> {
  const { client } = bmc;
  const target = textOf(drive.body, 'Actions', '#VirtualMedia.EjectMedia', 'target');
  client.say(`taking the medium out of ${textOf(drive.body, 'Id') ?? drive.path}`);
  let failure: unknown;
  // Twice: on an iDRAC whose media hang, the second request is the one that works.
  for (let attempt = 1; attempt <= 2; attempt++) {
    failure = await client.attempt(async () => {
      if (target !== undefined) return client.act(target, {}, 'the virtual medium');
      return client.patch(
        await client.get(drive.path),
        { Image: null, Inserted: false },
        'the virtual medium',
      );
    });
    const out = await untilSeen(
      async () => (viewOf(await client.get(drive.path)).inserted ? undefined : true),
      { limitMs: limitMs / 2, pollMs: client.pace.pollMs, signal: client.signal },
    );
    if (out) return;
  }
  throw await hangs(bmc, drive, 'the virtual medium does not come out', { limitMs, replace: false }, failure);
}

async function hangs(
  bmc: Bmc,
  drive: Resource,
  summary: string,
  { limitMs }: MediaOptions,
  cause: unknown,
): Promise<UserError> {
  const { body } = await bmc.client.get(drive.path);
  const said = cause instanceof UserError ? `; ${cause.seen ?? cause.message}` : '';
  const state = ['Inserted', 'ConnectedVia']
    .map((key) => `${key} ${String(body[key] ?? 'missing')}`)
    .join(', ');
  return tooLate(summary, bmc.client.urlOf(drive.path), `${state} after ${limitMs / 1000} s${said}`, [
    'check that the BMC itself can reach the web server: name, route, firewall',
    ...(idracGeneration(bmc) === undefined ? ['restart the BMC, and run this again'] : HANGING_MEDIA_STEPS),
  ]);
}

function noImage(refusal: BmcRefusal, image: string): UserError {
  return new UserError('bmc-image-unreachable', 'the BMC cannot get the image', {
    where: shownUrl(image),
    ...(refusal.seen === undefined ? {} : { seen: refusal.seen }),
    next: [
      'check that the BMC itself can reach the web server: its network, the name, the firewall, the certificate',
    ],
    cause: refusal,
  });
}

function noDrive({ client, system }: Bmc, drives: readonly Drive[]): UserError {
  const held = drives.map(({ view }) => `${view.id}: ${view.image ?? 'an image without a name'}`);
  if (held.length === 0) {
    return new UserError('bmc-media-unsupported', 'this BMC has no virtual drive for CDs', {
      where: client.urlOf(system.path),
      next: [
        'check its licence: on iDRAC virtual media need Enterprise or Datacenter',
        'or boot over the network: boot --once http, or pxe',
      ],
    });
  }
  return new UserError('bmc-media-occupied', 'another medium is in the drive', {
    where: client.urlOf(system.path),
    seen: held.join('\n'),
    next: ['take it out with `unmount`, or replace it with --replace'],
  });
}

/** A drive in a line. */
export function sayDrive({ id, inserted, image, connectedVia }: VirtualDrive): string {
  if (!inserted) return `${id}: empty`;
  return `${id}: ${image ?? 'an image without a name'}${connectedVia === undefined ? '' : `, ${connectedVia}`}`;
}
