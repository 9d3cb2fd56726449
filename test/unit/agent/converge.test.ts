/** Properties of applying, over configurations made at random, on a machine in memory that fails where it is told to. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { converge } from '../../../src/agent/apply/converge.ts';
import { HostError } from '../../../src/agent/host.ts';
import { noMetadata } from '../../../src/agent/sources/metadata.ts';
import { type Good, loadPending, STATE_FOLDER } from '../../../src/agent/state/state.ts';
import { nothingWanted, textFile, type Wanted, type WantedPath } from '../../../src/agent/wanted/wanted.ts';
import { FakeHost } from '../../support/fake-host.ts';

const IMAGE = {
  '/etc/passwd': 'root:x:0:0::/root:/bin/bash\n',
  '/etc/group': 'root:x:0:\n',
  '/etc/hosts': 'localhost',
  '/etc/a': 'image',
};

/** Power is cut, or the disk is full, at the n-th change of a file. */
class FailingHost extends FakeHost {
  changesLeft = Number.POSITIVE_INFINITY;

  override writeFile(...args: Parameters<FakeHost['writeFile']>): void {
    this.spend(`write ${args[0]}`);
    super.writeFile(...args);
  }
  override rename(from: string, to: string): void {
    this.spend(`rename ${from}`);
    super.rename(from, to);
  }
  override link(target: string, path: string): void {
    this.spend(`link ${path}`);
    super.link(target, path);
  }
  override remove(path: string): void {
    if (this.kind(path) !== undefined) this.spend(`remove ${path}`);
    super.remove(path);
  }

  private spend(doing: string): void {
    if (this.changesLeft-- <= 0) throw new HostError(doing, 'No space left on device');
  }

  /** Everything but the agent's own state. */
  content(folder = '/', all: Record<string, string> = {}): Record<string, string> {
    for (const name of this.list(folder)) {
      const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
      if (path === STATE_FOLDER) continue;
      const kind = this.kind(path);
      if (kind === 'directory') this.content(path, all);
      else
        all[path] =
          kind === 'symlink'
            ? `-> ${this.readLink(path)}`
            : `${this.status(path)?.mode} ${this.readText(path)}`;
    }
    return all;
  }
}

function machine(): FailingHost {
  const host: FailingHost = new FailingHost({
    files: IMAGE,
    programs: {
      sync: () => ({}),
      chmod: () => ({}),
      systemctl: () => ({}),
      sha256sum: (command) => ({
        stdout: command
          .slice(command.indexOf('--') + 1)
          .map(
            (path) =>
              `${createHash('sha256')
                .update(host.readBytes(path) ?? '')
                .digest('hex')}  ${path}\0`,
          )
          .join(''),
      }),
    },
  });
  return host;
}

const paths = [
  '/etc/hosts',
  '/etc/a',
  '/etc/b',
  '/etc/new/c',
  '/etc/new/er/d',
  '/etc/systemd/system/x.service',
];
const wish: fc.Arbitrary<WantedPath> = fc.oneof(
  fc
    .record({
      path: fc.constantFrom(...paths),
      text: fc.constantFrom('', 'one', 'two'),
      mode: fc.constantFrom(0o644, 0o600),
    })
    .map(({ path, text, mode }) => textFile(path, new TextEncoder().encode(text), mode)),
  fc.constantFrom(...paths).map((path): WantedPath => ({ kind: 'link', path, target: '/dev/null' })),
);
const wanted: fc.Arbitrary<Wanted> = fc
  .array(wish, { maxLength: 5 })
  .map((list) => ({ ...nothingWanted, paths: list }));

const good = (at: number): Good => ({
  source: 'fw-cfg',
  where: 'x',
  at: String(at),
  userData: String(at),
  metadata: noMetadata,
});

function expectInForce(host: FailingHost, { paths }: Wanted): void {
  for (const item of new Map(paths.map((one) => [one.path, one])).values()) {
    if (item.kind === 'file') {
      expect(host.readBytes(item.path)).toEqual(item.content);
      expect(host.status(item.path)?.mode).toBe(item.mode);
    } else if (item.kind === 'link') expect(host.readLink(item.path)).toBe(item.target);
  }
}

test('any configurations after each other: each is in force, and the last takes all back', () => {
  fc.assert(
    fc.property(fc.array(wanted, { minLength: 1, maxLength: 5 }), (list) => {
      const host = machine();
      const before = host.content();
      for (const [index, one] of list.entries()) {
        converge(host, one, good(index), {});
        expectInForce(host, one);
        expect(converge(host, one, good(index), {}).changed).toBe(false);
      }
      converge(host, nothingWanted, good(-1), {});
      expect(host.content()).toEqual(before);
      expect(host.list(`${STATE_FOLDER}/originals`)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a failure anywhere is taken back, or finished, by the next run', () => {
  fc.assert(
    fc.property(wanted, wanted, fc.nat(25), fc.boolean(), (first, second, at, takesBack) => {
      const host = machine();
      const image = host.content();
      converge(host, first, good(1), {});
      const before = host.content();
      host.changesLeft = at;
      let failed = false;
      try {
        converge(host, second, good(2), {});
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        failed = true;
      }
      host.changesLeft = Number.POSITIVE_INFINITY;
      if (failed && takesBack) {
        converge(host, first, good(1), {});
        expect(host.content()).toEqual(before);
      } else {
        converge(host, second, good(2), {});
        expectInForce(host, second);
      }
      expect(loadPending(host)).toBeUndefined();
      converge(host, nothingWanted, good(3), {});
      expect(host.content()).toEqual(image);
    }),
    { numRuns: 1000 },
  );
});

test('failure upon failure, towards one configuration and another, loses nothing', () => {
  const attempt = fc.record({ wanted, at: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 2, maxLength: 6 }), wanted, (attempts, last) => {
      const host = machine();
      const image = host.content();
      for (const [index, { wanted: one, at }] of attempts.entries()) {
        host.changesLeft = at;
        try {
          converge(host, one, good(index), {});
        } catch (error) {
          if (!(error instanceof HostError)) throw error;
        }
      }
      host.changesLeft = Number.POSITIVE_INFINITY;
      converge(host, last, good(-1), {});
      expectInForce(host, last);
      converge(host, nothingWanted, good(-2), {});
      expect(host.content()).toEqual(image);
    }),
    { numRuns: 500 },
  );
});
