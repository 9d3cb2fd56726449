/** The sandbox of hooks: the machine's own programs and Node.js, read-only, and the tree. Pure. */
import type { Identity } from '../exec/identity.ts';
import { quoteArgument } from '../exec/quote.ts';
import type { Command } from '../exec/run.ts';
import { capabilityArguments, packageCapabilities } from '../exec/sandbox.ts';

export interface HookSandbox {
  readonly identity: Identity;
  /** The packed tree that hooks change. */
  readonly tar: string;
  /** Folder that the tree is unpacked into; below /run it is in memory. */
  readonly tree: string;
  /** Folder that gets `tree.tar`, and `running`: the index of the script that runs. */
  readonly output: string;
  readonly scripts: readonly {
    readonly path: string;
    readonly environment: Readonly<Record<string, string>>;
  }[];
  readonly epoch: number;
  /** Basalt's folder: hooks may import its `zx`. */
  readonly projectHome: string;
  /** On the caller's terminal: what hooks say, and a shell in the tree when one fails. */
  readonly onTerminal: boolean;
}

/** Where a shell starts with the hook's variables. */
const SHELL = 'bash --norc -i < /dev/tty > /dev/tty 2>&1';

/** Builds the command that unpacks, runs every hook with zx, and packs. */
export function hookCommand(hook: HookSandbox): Command {
  const tree = quoteArgument(hook.tree);
  const runs = hook.scripts.map(({ path, environment }, index) => {
    const variables = Object.entries({ ...environment, BASALT_TREE: hook.tree }).map(
      ([name, value]) => `${name}=${quoteArgument(value)}`,
    );
    const inHook = `env ${variables.join(' ')}`;
    const zx = `${quoteArgument(process.execPath)} ${quoteArgument(`${hook.projectHome}/node_modules/zx/build/cli.js`)}`;
    const run = `${inHook} ${zx} ${quoteArgument(path)}`;
    return `echo ${index} > "$2/running"
${hook.onTerminal ? `${run} > /dev/tty 2>&1 || { ${inHook} ${SHELL}; exit 1; }` : `${run} >&2`}`;
  });
  const script = [
    'set -eu',
    `mkdir -p ${tree}`,
    `tar -C ${tree} --xattrs --xattrs-include='*' --numeric-owner -xf "$1"`,
    `cd ${tree}`,
    ...runs,
    'rm "$2/running"',
    `tar -C ${tree} --one-file-system --format=posix --pax-option=delete=atime,delete=ctime --sort=name --mtime=@${hook.epoch} --numeric-owner --xattrs --xattrs-include='*' -cf "$2/tree.tar" .`,
  ].join('\n');
  const range =
    hook.identity.kind === 'user'
      ? ['unshare', '--user', '--map-root-user', '--map-auto', '--setuid=0', '--setgid=0', '--']
      : [];
  const args = [
    ...range,
    'bwrap',
    '--die-with-parent',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-net',
    // Without it, the terminal stays the caller's.
    ...(hook.onTerminal ? [] : ['--new-session']),
    ...capabilityArguments(packageCapabilities),
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    '--tmpfs',
    '/run',
    '--bind',
    hook.output,
    hook.output,
    '--setenv',
    'HOME',
    '/run',
    '--setenv',
    'TMPDIR',
    '/run',
    '--setenv',
    'SOURCE_DATE_EPOCH',
    String(hook.epoch),
    '--',
    'sh',
    '-c',
    script,
    'hooks',
    hook.tar,
    hook.output,
  ];
  const [program = 'bwrap', ...rest] = args;
  return [program, ...rest];
}
