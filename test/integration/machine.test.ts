/** Real QEMU in the real sandbox, with firmware and no disk: quick, and needs no image. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareFirmware } from '../../src/machine/firmware.ts';
import { type Machine, startMachine } from '../../src/machine/machine.ts';
import { diskSize, makeOverlay } from '../../src/machine/overlay.ts';
import { qemuCommandLine } from '../../src/machine/qemu-process.ts';
import type { MachineSpec } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { MIB } from '../../src/units.ts';
import { testToolbox } from '../support/toolbox.ts';

const TOOLS_TREE_TIMEOUT_MS = 5 * 60_000;
const TEST_TIMEOUT_MS = 60_000;
const soon = { timeoutMs: 30_000 };
/** What OVMF shows when it found nothing to boot. */
const NO_DISK = /Start PXE over IPv4|No bootable option or device was found/;

let toolbox: Toolbox;
let workDirectory: string;
let stopper: AbortController;

beforeAll(async () => {
  toolbox = await testToolbox();
}, TOOLS_TREE_TIMEOUT_MS);

beforeEach(async () => {
  workDirectory = await mkdtemp(join(tmpdir(), 'basalt-machine-'));
  stopper = new AbortController();
});

afterEach(async () => {
  stopper.abort();
  await rm(workDirectory, { recursive: true, force: true });
});

async function spec(more: Partial<MachineSpec> = {}): Promise<MachineSpec> {
  const firmware = await prepareFirmware(toolbox, join(workDirectory, 'variables.fd'));
  return { accelerator: 'tcg', memoryBytes: 256 * MIB, cpus: 1, firmware, ...more };
}

const start = async (more: Partial<MachineSpec> = {}): Promise<Machine> =>
  startMachine(await spec(more), { toolbox, signal: stopper.signal, workDirectory });

describe('a machine', { timeout: TEST_TIMEOUT_MS }, () => {
  it('shows its console, restarts on reset, and is switched off when the guest ignores the button', async () => {
    const machine = await start({
      network: {},
      oemStrings: [{ value: 'one, two' }],
      fwCfg: [{ name: 'opt/x', value: 'y' }],
    });
    await machine.console.waitFor(NO_DISK, soon);
    const from = machine.console.length;
    const [reset] = await Promise.all([machine.waitForEvent('RESET'), machine.reset()]);
    expect(reset.data.reason).toBe('host-qmp-system-reset');
    await machine.console.waitFor(NO_DISK, { ...soon, from });
    expect(await machine.powerDown({ timeoutMs: 500 })).toEqual({ reason: 'stopped', detail: '' });
  });

  it('opens any free port, and says whose a taken one is', async () => {
    const machine = await start({ network: { forwards: [{ hostPort: 0, guestPort: 22 }] } });
    const [forward] = machine.forwards;
    expect(forward).toMatchObject({ hostAddress: '127.0.0.1', guestPort: 22 });
    const taken = { hostPort: forward?.hostPort ?? 0, guestPort: 22 };
    await expect(start({ network: { forwards: [taken] } })).rejects.toMatchObject({
      code: 'port-taken',
      message: `the port 127.0.0.1:${taken.hostPort} of this host is taken`,
    });
  });

  it('ends with its signal', async () => {
    const machine = await start();
    stopper.abort();
    expect((await machine.ended).reason).toBe('stopped');
    await expect(machine.console.waitFor(/never/, soon)).rejects.toThrow('the machine ended');
  });

  it('carries what QEMU said when it does not start', async () => {
    const image = join(workDirectory, 'not.qcow2');
    await writeFile(image, 'no image');
    await expect(start({ disks: [{ path: image, format: 'qcow2' }] })).rejects.toMatchObject({
      name: 'ToolError',
      exitCode: 1,
      stderrTail: expect.stringContaining('Image is not in qcow2 format'),
    });
  });

  it('does not outlive a Basalt that is killed', async () => {
    // In the command line of the sandbox and of the QEMU inside it.
    const mark = basename(workDirectory);
    const commandLine = qemuCommandLine(await spec({ system: { serial: mark } }), toolbox);
    const script = `const { spawn } = require('node:child_process');
      const [program, ...args] = JSON.parse(process.argv[1]);
      spawn(program, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'] });
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script, JSON.stringify(commandLine)], { stdio: 'ignore' });
    await expect.poll(() => programsNaming(mark), { timeout: 30_000 }).toContain('qemu-system-x86_64');
    parent.kill('SIGKILL');
    await expect.poll(() => programsNaming(mark), { timeout: 5000 }).toEqual([]);
  });
});

describe('an overlay', { timeout: TEST_TIMEOUT_MS }, () => {
  it('is as large as asked, and never smaller than its image', async () => {
    const image = join(workDirectory, 'image.raw');
    await writeFile(image, '');
    await truncate(image, 64 * MIB);
    const overlay = join(workDirectory, 'overlay.qcow2');
    const disk = await makeOverlay(toolbox, { image, format: 'raw', overlay, sizeBytes: 128 * MIB });
    expect(await diskSize(overlay, 'qcow2')).toBe(128 * MIB);
    const machine = await start({ disks: [disk] });
    await machine.stop();
    await expect(
      makeOverlay(toolbox, { image, format: 'raw', overlay, sizeBytes: MIB }),
    ).rejects.toMatchObject({
      code: 'disk-too-small',
      seen: 'a disk of 1 MiB',
      needed: 'at least 64 MiB',
    });
  });
});

/** The programs that run with a text in their command line. */
async function programsNaming(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => command.includes(text)).map((command) => command.split('\0')[0] ?? '');
}
