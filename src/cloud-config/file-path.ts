/** Where a machine can be written, and why not elsewhere. Follows the layout of the root: docs/boot.md. */
import type { Fault } from './shape.ts';

/** Links of the root that lead into /var. */
const LINKS: Readonly<Record<string, string>> = {
  '/home': '/var/home',
  '/root': '/var/roothome',
  '/srv': '/var/srv',
  '/opt': '/var/opt',
  '/mnt': '/var/mnt',
  '/usr/local': '/var/usrlocal',
};

/** Links of /var into what is gone after a restart: tmpfiles.d makes them, and paths are often written with them. */
const RUN_LINKS: Readonly<Record<string, string>> = { '/var/run': '/run', '/var/lock': '/run/lock' };

const WRITABLE = ['/etc', '/var', '/run', '/tmp', ...Object.keys(LINKS)];

const NOT_FILES: Readonly<Record<string, Fault>> = {
  '/proc': {
    reason: 'but /proc is the kernel',
    hint: 'for /proc/sys write a file /etc/sysctl.d/NAME.conf, see sysctl.d(5)',
  },
  '/sys': {
    reason: 'but /sys is the kernel',
    hint: 'write a rule /etc/tmpfiles.d/NAME.conf with a line of type w, see tmpfiles.d(5)',
  },
  '/dev': { reason: 'but /dev is the kernel', hint: 'write a rule /etc/udev/rules.d/NAME.rules' },
  '/boot': {
    reason: 'but /boot holds the boot loader and the versions of the system, which updates keep',
    hint: "kernel arguments belong to the recipe's kernel.arguments",
  },
};

const USERS = { reason: 'but it lists the accounts of the whole system', hint: 'use users: to add accounts' };

/** Files that have another way. */
const OWNED: Readonly<Record<string, Fault>> = {
  '/etc/passwd': USERS,
  '/etc/shadow': USERS,
  '/etc/group': USERS,
  '/etc/gshadow': USERS,
  '/etc/machine-id': {
    reason: 'but systemd makes it once, and each machine needs its own',
    hint: 'remove the entry',
  },
};

/** Where systemd looks for the agent's unit, for masks of it and for drop-ins; `basalt-.service.d` is for all basalt-*. */
const AGENT_UNIT =
  /^\/(?:etc|run)\/systemd\/[^/]+\/(?:basalt-agent\.service(?:\.[a-z]+)?|basalt-\.service\.d)(?:\/|$)/;

/** The unit that applies configurations. */
export const AGENT_SERVICE = 'basalt-agent.service';

/** Why a configuration keeps its hands off {@link AGENT_SERVICE}. */
export const AGENT_FAULT: Fault = {
  reason: `but ${AGENT_SERVICE} applies configurations: without it as it is, the machine might never take another`,
  hint: 'remove the entry; what has to run before or after it goes into a unit of its own, with Before= or After=',
};

/** What is wrong with the spelling of an absolute path. */
export function absolutePathFault(path: string): Fault | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(path))
    return { reason: 'which has a control character or a line break', hint: 'remove it' };
  if (path.length > 4000) return { reason: 'longer than a path may be', hint: 'at most 4000 characters' };
  if (!path.startsWith('/')) return { reason: 'not an absolute path', hint: 'write a path such as /etc/foo' };
  const parts = path.slice(1).split('/');
  if (parts.includes('..')) return { reason: 'which has ".." in it', hint: 'write the path without ".."' };
  if (path !== '/' && parts.some((part) => part === '' || part === '.')) {
    const plain = parts.filter((part) => part !== '' && part !== '.').join('/');
    return { reason: 'which has "//", "/./" or a "/" at its end', hint: `write /${plain}` };
  }
  if (parts.some((part) => part.length > 255))
    return { reason: 'with a name longer than 255 characters', hint: 'shorten it' };
  return undefined;
}

/** What is wrong with a path as the place of a file; undefined when nothing is. */
export function filePathFault(path: string): Fault | undefined {
  const spelling = absolutePathFault(path);
  if (spelling !== undefined) return spelling;
  if (Object.hasOwn(OWNED, path)) return OWNED[path];
  for (const [folder, fault] of Object.entries(NOT_FILES)) if (isUnder(path, folder)) return fault;
  const real = followLinks(path);
  const agentsOwn = ['/var/lib/basalt', '/run/basalt'].find((folder) => isUnder(real, folder));
  if (agentsOwn !== undefined)
    return {
      reason: `but ${agentsOwn} is where Basalt keeps its own state`,
      hint: 'write elsewhere below /var',
    };
  if (AGENT_UNIT.test(real)) return AGENT_FAULT;
  if ([...WRITABLE, ...Object.keys(RUN_LINKS)].some((folder) => path === folder))
    return { reason: 'which is a folder of the system', hint: `write a path below it, such as ${path}/foo` };
  if (WRITABLE.some((folder) => isUnder(path, folder))) return undefined;
  return {
    reason: 'but the root is a read-only image, the same on every machine of a version',
    hint: readOnlyHint(path),
  };
}

function readOnlyHint(path: string): string {
  const program = /^(?:\/usr)?\/s?bin\/(.+)$/.exec(path)?.[1];
  if (program !== undefined)
    return `write /usr/local/bin/${program}, or put it into the image with the recipe's files:`;
  const unit =
    /^(?:\/usr)?\/lib\/(systemd|udev|sysctl\.d|modules-load\.d|tmpfiles\.d|modprobe\.d)\/(.+)$/.exec(path);
  if (unit !== null) return `write /etc/${unit[1]}/${unit[2]}`;
  return `writable are ${WRITABLE.join(', ')}; what all machines need goes into the image with the recipe's files:`;
}

/** The path with the links of the root and of /var followed, so that two spellings of one place are the same. */
export function followLinks(path: string): string {
  for (const [link, target] of Object.entries({ ...LINKS, ...RUN_LINKS }))
    if (isUnder(path, link)) return target + path.slice(link.length);
  return path;
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
