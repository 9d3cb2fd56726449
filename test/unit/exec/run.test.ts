import { expect, test } from 'vitest';
import { InterruptedError, ToolError, UserError } from '../../../src/errors.ts';
import { quoteCommand } from '../../../src/exec/quote.ts';
import { run } from '../../../src/exec/run.ts';
import { sandboxCommand } from '../../../src/exec/sandbox.ts';

test('a program gets a minimal environment and a closed stdin', async () => {
  process.env.BASALT_SECRET = 'x';
  const { stdout } = await run(['sh', '-c', 'cat; env | sort']);
  expect(stdout).not.toContain('BASALT_SECRET');
  expect(stdout).toContain('LC_ALL=C.UTF-8');
});

test('a failure tells the command to paste, the exit code and the end of stderr', async () => {
  const failure = await run(['sh', '-c', "printf 'a\\rb\\nlast' >&2; exit 7"]).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ToolError);
  expect(failure).toMatchObject({ tool: 'sh', exitCode: 7, stderrTail: 'b\nlast' });
  expect((failure as ToolError).commandLine).toContain("sh -c '");
});

test("a missing program is the user's to mend", async () => {
  await expect(run(['basalt-no-such-program'])).rejects.toThrow(UserError);
});

test('aborting ends the program, even one that ignores SIGTERM', async () => {
  const abort = new AbortController();
  const startedAt = performance.now();
  const running = run(['sh', '-c', "trap '' TERM; echo up; while :; do sleep 0.1; done"], {
    signal: abort.signal,
    onLine: () => abort.abort(),
  });
  await expect(running).rejects.toThrow(InterruptedError);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
});

test("stdin can be fed as a stream, and a reader that ends early is the program's failure", async () => {
  const fed = await run(['wc', '-c'], { input: async (stdin) => void stdin.end(Buffer.alloc(1_000_000)) });
  expect(fed.stdout.trim()).toBe('1000000');
  await expect(
    run(['sh', '-c', 'exit 3'], {
      input: async (stdin) => {
        for (let count = 0; count < 200; count++) {
          if (!stdin.write(Buffer.alloc(100_000)))
            await new Promise((done) => stdin.once('drain', done).once('close', done));
          if (stdin.destroyed) throw new Error('the reader ended early');
        }
      },
    }),
  ).rejects.toMatchObject({ exitCode: 3 });
});

test('the sandbox of root and of an ordinary user', () => {
  const spec = {
    root: '/tools',
    ownRange: true,
    binds: [{ source: '/in', target: '/job' }],
    env: { A: 'b' },
  };
  const asRoot = sandboxCommand(spec, { kind: 'root' }, ['true']);
  const asUser = sandboxCommand(spec, { kind: 'user', name: 'u', hasSubordinateIds: true }, ['true']);
  expect(asRoot[0]).toBe('bwrap');
  expect(asRoot).toEqual(
    expect.arrayContaining(['--die-with-parent', '--unshare-net', '--ro-bind', '/in', '/job']),
  );
  expect(asUser.slice(0, 4)).toEqual(['unshare', '--user', '--map-root-user', '--map-auto']);
  expect(asUser.slice(7)).toEqual(asRoot);
  const plain = sandboxCommand(
    { root: '/tools', network: true },
    { kind: 'user', name: 'u', hasSubordinateIds: true },
    ['x'],
  );
  expect(plain).toEqual(expect.arrayContaining(['--unshare-user', '--uid', '0']));
  expect(plain).not.toContain('--unshare-net');
});

test('command lines can be pasted', () => {
  expect(quoteCommand(['echo', "it's", 'a b', '--x=/y'])).toBe("echo 'it'\\''s' 'a b' --x=/y");
});
