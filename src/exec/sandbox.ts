/**
 * The sandbox around every build tool: the tools tree as `/`, read-only, with only the named folders of the
 * machine bound in, no network unless asked for, and gone when Basalt is gone (bubblewrap's
 * --die-with-parent with a PID namespace: SIGKILL of Basalt leaves no process and no mount).
 */
import type { Identity } from './identity.ts';
import type { Command } from './run.ts';

/**
 * What installing packages takes: files of any owner, and chroot. Not CAP_SYS_ADMIN: a maintainer script or a hook
 * cannot mount, and so cannot make the read-only binds of the machine writable.
 */
export const packageCapabilities = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
] as const;

/** A folder or file of the machine made visible in the sandbox. */
export interface Bind {
  /** On the machine. */
  readonly source: string;
  /** In the sandbox; by default the same path. */
  readonly target?: string;
  readonly writable?: boolean;
}

export interface SandboxSpec {
  /** Folder whose usr, etc and var become those of `/` (a tree with merged /usr). */
  readonly root: string;
  readonly binds?: readonly Bind[];
  /** Paths that are fresh tmpfs; `/tmp`, `/run` and `/var/tmp` always are. */
  readonly tmpfs?: readonly string[];
  /** Device nodes to make visible, such as /dev/kvm. */
  readonly devices?: readonly string[];
  readonly network?: boolean;
  /**
   * Run as a root user with a whole range of ids and {@link packageCapabilities}, to unpack and configure packages. Otherwise a single id is enough: files made belong to whoever runs Basalt.
   */
  readonly ownRange?: boolean;
  /** Run by root, it keeps these capabilities and no others; by default all of root's. */
  readonly capabilities?: readonly string[];
  /** A folder that becomes the root of programs in the sandbox (chroot): gets a /dev and a /proc. */
  readonly kernelFilesIn?: string;
  readonly workingDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Keep the caller's terminal as stdin and controlling terminal (interactive programs only). */
  readonly interactive?: boolean;
}

/** These and no others: without the first, root's own would stay beside those that are added (bwrap(1)). */
export function capabilityArguments(capabilities: readonly string[] | undefined): readonly string[] {
  if (capabilities === undefined) return [];
  return ['--cap-drop', 'ALL', ...capabilities.flatMap((capability) => ['--cap-add', capability])];
}

/** Builds the command line that runs `command` inside the sandbox. Pure. */
export function sandboxCommand(spec: SandboxSpec, identity: Identity, command: Command): Command {
  const args: string[] = [];
  if (identity.kind === 'user' && spec.ownRange) {
    // bubblewrap maps a single id only, so util-linux's unshare makes the user namespace with the whole range.
    args.push('unshare', '--user', '--map-root-user', '--map-auto', '--setuid=0', '--setgid=0', '--');
  }
  args.push(
    'bwrap',
    '--die-with-parent',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--hostname',
    'basalt',
  );
  if (!spec.interactive) args.push('--new-session');
  if (identity.kind === 'user' && !spec.ownRange) args.push('--unshare-user', '--uid', '0', '--gid', '0');
  if (!spec.network) args.push('--unshare-net');
  args.push(...capabilityArguments(spec.capabilities ?? (spec.ownRange ? packageCapabilities : undefined)));

  // An empty root, so that mount points can be made in it; the tree's own folders are bound read-only.
  args.push('--tmpfs', '/');
  for (const folder of ['usr', 'etc', 'var']) args.push('--ro-bind', `${spec.root}/${folder}`, `/${folder}`);
  for (const link of ['bin', 'sbin', 'lib', 'lib64']) args.push('--symlink', `usr/${link}`, `/${link}`);
  args.push('--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--tmpfs', '/run', '--tmpfs', '/var/tmp');
  for (const device of spec.devices ?? []) args.push('--dev-bind-try', device, device);
  if (spec.network)
    args.push(
      '--ro-bind-try',
      '/etc/resolv.conf',
      '/etc/resolv.conf',
      '--ro-bind-try',
      '/etc/hosts',
      '/etc/hosts',
    );
  for (const path of spec.tmpfs ?? []) args.push('--tmpfs', path);
  for (const bind of spec.binds ?? []) {
    args.push(bind.writable ? '--bind' : '--ro-bind', bind.source, bind.target ?? bind.source);
  }

  if (spec.kernelFilesIn !== undefined) {
    args.push('--dev', `${spec.kernelFilesIn}/dev`, '--proc', `${spec.kernelFilesIn}/proc`);
  }

  args.push(
    '--clearenv',
    '--setenv',
    'PATH',
    '/usr/sbin:/usr/bin:/sbin:/bin',
    '--setenv',
    'LC_ALL',
    'C.UTF-8',
  );
  args.push('--setenv', 'TZ', 'UTC', '--setenv', 'HOME', '/tmp');
  for (const [name, value] of Object.entries(spec.env ?? {})) args.push('--setenv', name, value);
  args.push('--chdir', spec.workingDirectory ?? '/', '--', ...command);
  const [program, ...rest] = args;
  return [program ?? 'bwrap', ...rest];
}
