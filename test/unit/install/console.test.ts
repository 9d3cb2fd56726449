/** What a console of the live system does, with programs that only say that they were started. */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SCRIPT = new URL('../../../templates/live/rootfs/usr/bin/basalt-install-console', import.meta.url);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-console-'));
  const programs = {
    journalctl: 'echo shown; exec sleep 20',
    'basalt-install': 'echo asked',
    setsid: 'echo shell',
  };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @param interruptedAt Ctrl-C for all of the console's processes when this was said. @returns The lines that are not prose. */
async function start(commandLine: string, interruptedAt?: string): Promise<string[]> {
  const cmdline = join(folder, 'cmdline');
  await writeFile(cmdline, `${commandLine}\n`);
  const script = (await readFile(SCRIPT, 'utf8')).replace('/proc/cmdline', cmdline);
  const console = spawn('sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: `${folder}:${process.env.PATH}` },
  });
  let text = '';
  let isInterrupted = false;
  console.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    if (isInterrupted || interruptedAt === undefined || !text.includes(interruptedAt)) return;
    isInterrupted = true;
    process.kill(-(console.pid ?? 0), 'SIGINT');
  });
  await new Promise((resolve) => console.once('close', resolve));
  return text.split('\n').filter((line) => /^(shown|asked|shell)$/.test(line));
}

test('by hand, the installer asks; when it is left there is a shell', async () => {
  expect(await start('quiet basalt.live')).toEqual(['asked', 'shell']);
});

test('without questions, the installation is shown; Ctrl-C gives a shell, and asks nothing', async () => {
  const commandLine = 'basalt.live basalt.install.unattended=yes basalt.install.disk=smallest-any';
  expect(await start(commandLine, 'shown')).toEqual(['shown', 'shell']);
});
