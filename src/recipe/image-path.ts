/** Which absolute paths a recipe may write in the image, and why others are refused. */

/** Why a value is refused, and what to write instead. */
export interface Fault {
  /** Completes the sentence "X is ..., REASON". */
  readonly reason: string;
  readonly hint: string;
}

const CREATE_ON_MACHINE =
  'have the machine create it: a rule in /usr/lib/tmpfiles.d, see tmpfiles.d(5); its C and L lines take content from the image';
const WRITE_IN_IMAGE = 'write it under /usr or /etc';

/** Folders that are mounted over at run time: what the image holds there is never seen. */
const MOUNTED_OVER: Readonly<Record<string, Fault>> = {
  '/var': {
    reason: "but /var is empty in the image: it is the machine's own partition",
    hint: CREATE_ON_MACHINE,
  },
  '/run': { reason: 'but /run is a tmpfs that starts empty on every boot', hint: CREATE_ON_MACHINE },
  '/tmp': { reason: 'but /tmp is a tmpfs that starts empty on every boot', hint: CREATE_ON_MACHINE },
  '/proc': { reason: 'but /proc belongs to the kernel', hint: WRITE_IN_IMAGE },
  '/sys': { reason: 'but /sys belongs to the kernel', hint: WRITE_IN_IMAGE },
  '/dev': { reason: 'but /dev belongs to the kernel', hint: 'use a udev rule in /usr/lib/udev/rules.d' },
};

/** Links into `/var`, made by the build, so that these folders are writable on the machine. */
const LEADS_INTO_VAR = ['/home', '/root', '/srv', '/opt', '/mnt', '/usr/local'];

/** Debian's merged /usr: these are links in every image. */
const LEADS_INTO_USR = ['/bin', '/sbin', '/lib', '/lib64'];

/** True when `path` is `folder` or lies under it. */
function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** True when the text has a control character: a newline or NUL in a path is never meant. */
export function hasControlCharacter(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  return /[\u0000-\u001f\u007f]/.test(text);
}

/** What is wrong with the spelling of an absolute path, wherever it points. */
export function absolutePathFault(path: string): Fault | undefined {
  if (path === '') return { reason: 'empty', hint: 'write an absolute path such as /etc/foo' };
  if (hasControlCharacter(path)) return { reason: 'which has a control character', hint: 'remove it' };
  if (!path.startsWith('/'))
    return { reason: 'not an absolute path', hint: `write /${path.replace(/^(\.{0,2}\/)+/, '')}` };
  const segments = path.slice(1).split('/');
  if (segments.includes('..')) return { reason: 'which has ".." in it', hint: 'write the path without ".."' };
  if (path !== '/' && segments.some((segment) => segment === '' || segment === '.')) {
    const plain = segments.filter((segment) => segment !== '' && segment !== '.').join('/');
    return { reason: 'which has "//", "/./" or a "/" at its end', hint: `write /${plain}` };
  }
  return undefined;
}

/** What is wrong with `path` as a place for a recipe's file, folder or link; undefined when nothing is. */
export function imagePathFault(path: string): Fault | undefined {
  const spelling = absolutePathFault(path);
  if (spelling !== undefined) return spelling;
  if (path === '/') return { reason: 'the root itself', hint: 'write a path below it, such as /etc/foo' };
  for (const [folder, fault] of Object.entries(MOUNTED_OVER)) {
    if (isUnder(path, folder)) return fault;
  }
  for (const folder of LEADS_INTO_VAR) {
    if (isUnder(path, folder)) {
      return {
        reason: `but ${folder} is a link into /var, which is empty in the image`,
        hint: CREATE_ON_MACHINE,
      };
    }
  }
  for (const folder of LEADS_INTO_USR) {
    if (isUnder(path, folder))
      return { reason: `but ${folder} is a link to /usr${folder}`, hint: `write /usr${path}` };
  }
  return undefined;
}

/** Folders of an overlay that could never be seen on the machine, relative to the root: `var`, `usr/local`, ... */
export function unseenFolders(): readonly string[] {
  return [...Object.keys(MOUNTED_OVER), ...LEADS_INTO_VAR].map((folder) => folder.slice(1));
}
