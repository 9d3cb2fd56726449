/** What `doctor` looks at besides programs: the kernel, namespaces, space, memory, tools, mirrors. */
import { readFile } from 'node:fs/promises';
import { arch, release } from 'node:os';
import type { Identity } from '../exec/identity.ts';
import { run } from '../exec/run.ts';
import { exists, type Store } from '../store/store.ts';
import { debianMirrorsOf } from '../tools/apt-sources.ts';
import { openToolsTree, toolsTreeRoot } from '../tools/tools-tree.ts';
import { formatSize, GIB } from '../units.ts';
import type { Finding } from './finding.ts';
import { freeBytes } from './free-space.ts';
import { findProgram } from './host-packages.ts';

/** Node.js below this lacks what Basalt uses (package.json, `engines`). */
const LEAST_NODE = [20, 17] as const;
/** A first build of a container host takes some 3 GiB in the store, its tools tree included. */
const LEAST_FREE_BYTES = 5 * GIB;
/** With less than this a package tree is unpacked on disk. */
const MEMORY_FOR_TMPFS_BYTES = 3 * GIB;

/** Linux on x86-64, and Node.js. */
export function findPlatform(): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const nodeIsNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return [
    {
      name: 'Linux',
      state: process.platform === 'linux' && arch() === 'x64' ? 'ok' : 'missing',
      found: `${process.platform} ${release()}, ${arch()}`,
      purpose: 'a build needs Linux on x64',
      next: 'run it on a Linux machine, or in a virtual one',
    },
    {
      name: 'Node.js',
      state: nodeIsNew ? 'ok' : 'missing',
      found: `${process.versions.node}, ${process.execPath}`,
      purpose: `runs Basalt; ${LEAST_NODE.join('.')} or newer`,
      next: 'install Node.js 20 from nodejs.org or from your distribution',
    },
  ];
}

/** Subordinate ids, for those who need them, and whether a sandbox can be made. */
export async function findNamespaces(identity: Identity, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  if (identity.kind === 'user') {
    findings.push({
      name: 'subordinate ids',
      state: identity.hasSubordinateIds ? 'ok' : 'missing',
      found: identity.hasSubordinateIds ? `a range for ${identity.name}` : `no range for ${identity.name}`,
      purpose: 'files of a Debian tree have several owners',
      next: `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${identity.name}`,
    });
    // Without subordinate ids a whole range cannot be mapped; that is told above, and not twice.
    const range = identity.hasSubordinateIds ? ['--map-auto'] : [];
    const unshare = await works(['unshare', '--user', '--map-root-user', ...range, 'true'], signal);
    findings.push(namespaceFinding('user namespaces', unshare));
  }
  // A missing bwrap is told among the programs.
  if ((await findProgram('bwrap')) === undefined) return findings;
  const bwrap = ['bwrap', '--ro-bind', '/', '/', '--unshare-pid', '--unshare-net', '--dev', '/dev', 'true'];
  findings.push(namespaceFinding('sandbox', await works(bwrap, signal)));
  return findings;
}

function namespaceFinding(name: string, problem: string | undefined): Finding {
  return {
    name,
    state: problem === undefined ? 'ok' : 'missing',
    found: problem ?? 'works',
    purpose: 'every tool runs in namespaces of its own',
    next: 'allow it: kernel.unprivileged_userns_clone=1 (sysctl), kernel.apparmor_restrict_unprivileged_userns=0, or, in a container, start that with the right to make namespaces',
  };
}

/** What keeps a command from working, in a line. */
async function works(command: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  try {
    const { exitCode, stderr } = await run(command as [string, ...string[]], {
      signal,
      accept: [0, 1, 2, 126, 127],
    });
    return exitCode === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}`);
  } catch (error) {
    if (signal.aborted) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Room for the store, and memory to unpack trees in. */
export async function findRoom(store: Store): Promise<readonly Finding[]> {
  const free = await freeBytes(store.directory);
  const memory =
    Number(/^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
  const inMemory = memory >= MEMORY_FOR_TMPFS_BYTES;
  return [
    {
      name: 'space',
      state: free >= LEAST_FREE_BYTES ? 'ok' : 'missing',
      found: `${formatSize(free)} free for ${store.directory}`,
      purpose: `a first build takes up to ${formatSize(LEAST_FREE_BYTES)}`,
      next: 'free some, with ./basalt clean, or put the store elsewhere with BASALT_STORE=DIRECTORY',
    },
    {
      name: 'memory',
      state: inMemory ? 'ok' : 'note',
      found: `${formatSize(memory)} free: trees are unpacked ${inMemory ? 'in memory' : 'on disk, which is slower'}`,
      purpose: `${formatSize(MEMORY_FOR_TMPFS_BYTES)} to unpack in memory`,
    },
  ];
}

/** KVM, the tools tree, and where packages come from. */
export async function findSupplies(
  store: Store,
  identity: Identity,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const kvm = await exists('/dev/kvm');
  const mirrors = await debianMirrorsOf('/');
  return [
    {
      name: '/dev/kvm',
      state: kvm ? 'ok' : 'note',
      found: kvm
        ? 'present; `run` probes it before use'
        : 'absent: machines run without it, several times slower',
      purpose: 'runs machines at full speed',
    },
    await findTools(store, identity, signal),
    {
      name: 'Debian mirrors',
      state: mirrors === undefined ? 'note' : 'ok',
      found:
        mirrors === undefined
          ? "none in this machine's apt sources: Debian's own are used"
          : "known from this machine's apt sources",
      purpose: 'packages come from there',
    },
  ];
}

async function findTools(store: Store, identity: Identity, signal: AbortSignal): Promise<Finding> {
  const root = toolsTreeRoot(store);
  const common = { name: 'tools tree', purpose: 'has every build tool, of Debian 13' };
  if (!(await exists(root)))
    return { ...common, state: 'note', found: 'not there yet: the first build makes it, in about a minute' };
  const { digest } = await openToolsTree({ store, identity, signal, onMessage: () => {} });
  const { stdout } = await run(['du', '--summarize', '--block-size=1', root], { signal });
  return {
    ...common,
    state: 'ok',
    found: `${digest.slice(0, 12)}, ${formatSize(Number(stdout.split('\t')[0]))}, ${root}`,
  };
}
