/** apt sources: reading the machine's own, and writing those of a build. Formats: sources.list(5). */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An archive that a build uses. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Keyring inside the sandbox. */
  readonly keyring: string;
}

/** The addresses of Debian's archive and of its security archive. */
export interface DebianMirrors {
  readonly archive: string;
  readonly security: string;
}

/** Debian's own keyring in the tools tree. */
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Reads the addresses of all sources in one-line and deb822 texts. */
export function sourceAddresses(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const oneLine = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s/.exec(line);
    if (oneLine?.[1]) found.push(oneLine[1]);
    const deb822 = /^URIs:\s*(.+)$/i.exec(line);
    if (deb822?.[1]) found.push(...deb822[1].trim().split(/\s+/));
  }
  return found.map((address) => address.replace(/\/+$/, ''));
}

/** Picks Debian's archive and security archive out of a list of addresses. */
export function pickDebianMirrors(addresses: readonly string[]): DebianMirrors | undefined {
  const archive = addresses.find((address) => /^(https?|file):.*\/debian$/.test(address));
  const security = addresses.find((address) =>
    /^(https?|file):.*debian-security(\/debian-security)?$/.test(address),
  );
  return archive === undefined || security === undefined ? undefined : { archive, security };
}

/** The mirrors that an apt configuration below `root` (`/` for this machine) uses, if they are Debian's. */
export async function debianMirrorsOf(root: string): Promise<DebianMirrors | undefined> {
  const folder = join(root, 'etc/apt/sources.list.d');
  const parts = (await readdir(folder).catch(() => []))
    .filter((name) => /\.(list|sources)$/.test(name))
    .sort();
  const files = [join(root, 'etc/apt/sources.list'), ...parts.map((name) => join(folder, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return pickDebianMirrors(sourceAddresses(texts.join('\n')));
}

/** The sources of a Debian suite on given mirrors. */
export function debianSources(options: {
  readonly mirrors: DebianMirrors;
  readonly suite: string;
  readonly components: readonly string[];
  readonly updates: boolean;
  readonly security: boolean;
  readonly keyring?: string;
}): AptSource[] {
  const { mirrors, suite, components } = options;
  const keyring = options.keyring ?? DEBIAN_KEYRING;
  const sources: AptSource[] = [{ uri: mirrors.archive, suite, components, keyring }];
  if (options.updates) sources.push({ uri: mirrors.archive, suite: `${suite}-updates`, components, keyring });
  if (options.security)
    sources.push({ uri: mirrors.security, suite: `${suite}-security`, components, keyring });
  return sources;
}

/** Renders sources in the one-line format. */
export function renderSources(sources: readonly AptSource[]): string {
  return sources
    .map(
      ({ uri, suite, components, keyring }) =>
        `deb [signed-by=${keyring}] ${uri} ${suite} ${components.join(' ')}\n`,
    )
    .join('');
}
