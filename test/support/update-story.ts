/** An update on a machine in memory: a repository of a few files, and programs that do what the real ones do to them. */
import { createHash } from 'node:crypto';
import { UpdateFailure } from '../../src/agent/update/failure.ts';
import type { OpenRepository } from '../../src/agent/update/look.ts';
import { formatChannel } from '../../src/release-format/channel.ts';
import { formatRelease, type Part } from '../../src/release-format/release.ts';
import {
  channelTarget,
  deltaTarget,
  type PartName,
  partNames,
  payloadTarget,
  releaseTarget,
} from '../../src/release-format/target-names.ts';
import type { FakeHost, FakeProgram } from './fake-host.ts';

export const NEW_HASH = 'bb'.repeat(32);

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What a part of a version holds. */
export const contentOf = (part: PartName, version: string) => `the ${part} of version ${version}`;

export interface StoryOptions {
  /** In the channel, besides the running version 1. */
  readonly versions?: readonly string[];
  /** Version that deltas are made from. */
  readonly from?: string;
  /** Bytes that each part claims to have. */
  readonly claimedBytes?: Partial<Record<PartName, number>>;
}

/** Opens a repository whose payloads are their own content. */
export function storyRepository({
  versions = ['2'],
  from,
  claimedBytes = {},
}: StoryOptions = {}): OpenRepository {
  const targets = new Map<string, string>();
  for (const version of versions) {
    const parts = partNames.map((name): [PartName, Part] => {
      const content = contentOf(name, version);
      const target = payloadTarget('qemu', version, name);
      targets.set(target, content);
      const deltas = from === undefined ? [] : [makeDelta(name, version, from)];
      const sizeBytes = claimedBytes[name] ?? content.length;
      return [
        name,
        { sizeBytes, sha256: sha256(content), full: { target, sizeBytes: content.length }, deltas },
      ];
    });
    const release = { image: 'qemu', version, architecture: 'x86-64', rootHash: NEW_HASH };
    targets.set(
      releaseTarget('qemu', version),
      formatRelease({ ...release, parts: Object.fromEntries(parts) as Record<PartName, Part> }),
    );
  }
  function makeDelta(name: PartName, version: string, old: string) {
    const target = deltaTarget('qemu', version, name, old);
    targets.set(target, 'delta');
    const before = contentOf(name, old);
    return { target, sizeBytes: 5, from: old, fromSizeBytes: before.length, fromSha256: sha256(before) };
  }
  targets.set(
    channelTarget('qemu', 'stable'),
    formatChannel({
      image: 'qemu',
      channel: 'stable',
      releases: ['1', ...versions].map((version) => ({ version, promotedAt: '2026-01-01T00:00:00Z' })),
    }),
  );
  const read = (path: string) => {
    const text = targets.get(path);
    if (text === undefined) throw new UpdateFailure(`there is no ${path}`);
    return text;
  };
  return (host) => ({
    versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
    expires: '2027-01-01T00:00:00Z',
    target: (path) => {
      const text = targets.get(path);
      return text === undefined ? undefined : { sizeBytes: text.length, sha256: sha256(text) };
    },
    read,
    download: (path, destination) => host.writeFile(destination, read(path)),
  });
}

/** `bash -c` with the pipelines of install/zstd.ts: payloads are their own content, a delta makes the new from the old. */
export const bash: FakeProgram = (command, _, host) => {
  const line = command.at(-1) ?? '';
  const quoted = (pattern: RegExp) => pattern.exec(line)?.[1];
  const bytes = (path: string | undefined) => (path === undefined ? undefined : host.readBytes(path));
  const packed = bytes(quoted(/zstd .*? -- '([^']*)'/));
  const old = bytes(quoted(/--patch-from=([^']*)'/));
  const content = old === undefined ? packed : patched(old);
  const device = quoted(/dd 'of=([^']*)'/);
  const file = quoted(/>'([^']*)'/);
  const read = quoted(/dd 'if=([^']*)'/);
  if (read !== undefined) return { stdout: `${sha256(bytes(read)?.subarray(0, countIn(line)) ?? '')}  -\n` };
  if (content === undefined) return { exitCode: 1, stderr: 'zstd: no such file' };
  if (device !== undefined || file !== undefined) host.writeFile(device ?? file ?? '', content);
  return { stdout: `${sha256(content)}  -\n` };
};

function countIn(line: string): number {
  return Number(/count=(\d+)/.exec(line)?.[1]);
}

/** What the deltas of {@link storyRepository} do: 1 becomes 2. */
function patched(old: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(old).replace(/\d+$/, '2'));
}

/** The running version's parts, where deltas begin. */
export function placeRunning(host: FakeHost, version: string): void {
  host.writeFile('/dev/vda2', contentOf('verity', version));
  host.writeFile('/dev/vda3', contentOf('root', version));
}
