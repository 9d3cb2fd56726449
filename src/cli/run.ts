/** `basalt run`: boots an image in QEMU, with its console in the terminal. The image itself is never written to. */
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes, UserError } from '../errors.ts';
import { diskFileFormats } from '../formats/disk-file.ts';
import { findArtifact } from '../inspect/artifact.ts';
import { readOutputFolder } from '../inspect/output-folder.ts';
import { acceleratorForImage } from '../machine/accelerator-of-image.ts';
import { credential } from '../machine/credentials.ts';
import { prepareFirmware } from '../machine/firmware.ts';
import { runInteractive } from '../machine/interactive.ts';
import { diskSize, makeOverlay } from '../machine/overlay.ts';
import type { DiskFormat, Forward, MachineSpec } from '../machine/spec.ts';
import { openToolsTree } from '../tools/tools-tree.ts';
import { GIB, MIB, parseSize } from '../units.ts';
import { repeated } from './build.ts';
import { readValid } from './config-validate.ts';
import { prepareMachine } from './host-packages.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';

interface RunOptions extends CommonOptions {
  readonly memory: string;
  readonly cpus: string;
  readonly diskSize: string;
  readonly forward: readonly string[];
  readonly sshKey?: string;
  readonly cloudConfig?: string;
}

export function registerRun(program: Command): void {
  program
    .command('run <image>')
    .description('boot an image in QEMU, with its console in this terminal')
    .option('--memory <size>', 'memory of the machine', '2G')
    .option('--cpus <count>', 'processors of the machine', '2')
    .option('--disk-size <size>', 'size of its disk; /var takes what the image leaves free', '8G')
    .addOption(
      repeated(
        '--forward <host:guest>',
        'lead a TCP port of 127.0.0.1 into the machine, may be repeated',
        '2222:22',
      ),
    )
    .option('--ssh-key <file>', 'public key that may log in as core')
    .option('--cloud-config <file>', 'configure the machine with this cloud-config or script')
    .addHelpText(
      'after',
      `
Ctrl-C shuts the machine down, a second one ends it at once.
Ctrl-] Ctrl-C sends a Ctrl-C to the machine.
What the machine writes is gone afterwards.
A configuration is checked first, as "config validate" does; the machine gets it
as a file of QEMU's fw_cfg device, opt/basalt/user-data.

Examples:
  ./basalt run qemu --cloud-config node1.yaml --forward 2379:2379
  ./basalt run qemu --ssh-key ~/.ssh/id_ed25519.pub
  ssh -p 2222 core@127.0.0.1
`,
    )
    .action((image: string, options: RunOptions) =>
      inSession(options, (session) => runImage(session, image, options)),
    );
}

async function runImage(session: Session, argument: string, options: RunOptions): Promise<void> {
  const { store, identity, signal } = session;
  const say = (text: string) => process.stderr.write(`basalt: ${text}\n`);
  if (options.cloudConfig !== undefined) await readValid(session, [options.cloudConfig]);
  const image = await diskOf(argument, join(session.home, 'out'));
  const forwards = (options.forward.length > 0 ? options.forward : ['2222:22']).map(parseForward);
  await prepareMachine({ identity, signal, onMessage: say });
  const toolbox = await openToolsTree({ store, identity, signal, onMessage: say });
  const workDirectory = await store.makeTemporary();
  try {
    const wanted = sizeOption('--disk-size', options.diskSize, GIB);
    const sizeBytes = Math.max(wanted, await diskSize(image.path, image.format));
    const disk = await makeOverlay(toolbox, {
      image: image.path,
      format: image.format,
      overlay: join(workDirectory, 'disk.qcow2'),
      sizeBytes,
      signal,
    });
    const spec: Omit<MachineSpec, 'accelerator'> = {
      memoryBytes: sizeOption('--memory', options.memory, 512 * MIB),
      cpus: cpusOption(options.cpus),
      firmware: await prepareFirmware(toolbox, join(workDirectory, 'variables.fd')),
      disks: [{ ...disk, bootIndex: 0 }],
      network: { forwards },
      ...(options.cloudConfig === undefined
        ? {}
        : { fwCfg: [{ name: 'opt/basalt/user-data', path: resolve(options.cloudConfig) }] }),
      oemStrings: options.sshKey === undefined ? [] : [await authorizedKey(options.sshKey)],
    };
    const { accelerator, reason } = await acceleratorForImage(toolbox, {
      kernel: image.kernel,
      spec,
      storeDirectory: store.directory,
      signal,
    });
    say(
      accelerator === 'kvm'
        ? `running with KVM (${reason})`
        : `running without KVM, which is some ten times slower: ${reason}`,
    );
    say('Ctrl-C shuts the machine down');
    const end = await runInteractive(
      { ...spec, accelerator },
      {
        toolbox,
        signal,
        workDirectory,
        input: process.stdin,
        output: process.stdout,
        onMessage: say,
        onStart: (machine) => {
          for (const { hostPort, guestPort } of machine.forwards) {
            say(
              guestPort === 22
                ? `ssh -p ${hostPort} core@127.0.0.1`
                : `127.0.0.1:${hostPort} leads to port ${guestPort}`,
            );
          }
        },
      },
    );
    if (end.reason === 'failed')
      throw new UserError('machine-failed', 'the machine failed', { seen: end.detail });
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

interface RunnableImage {
  readonly path: string;
  readonly format: DiskFormat;
  readonly kernel: string | undefined;
}

async function diskOf(argument: string, outDir: string): Promise<RunnableImage> {
  const place = await findArtifact(argument, outDir);
  if (place.kind === 'disk') return { path: place.path, format: place.format, kernel: undefined };
  if (place.kind === 'folder') {
    const { artifacts } = (await readOutputFolder(place.folder)).manifest;
    const disk = artifacts.flatMap(({ role, file, format }) => {
      const known = diskFileFormats.find((each) => each === format);
      return role === 'disk' && known !== undefined ? [{ file, format: known }] : [];
    })[0];
    const kernel = artifacts.find(({ role }) => role === 'kernel');
    if (disk) {
      return {
        path: join(place.folder, disk.file),
        format: disk.format,
        kernel: kernel && join(place.folder, kernel.file),
      };
    }
  }
  throw new UserError('not-bootable', 'this artifact has no disk to boot', {
    where: argument,
    needed: `a disk (${diskFileFormats.join(', ')}), or an output folder with one`,
    next: ['build one with --format raw'],
  });
}

function parseForward(text: string): Forward {
  const match = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  const [hostPort, guestPort] = [Number(match?.[1]), Number(match?.[2])];
  if (match && hostPort < 65536 && guestPort > 0 && guestPort < 65536) return { hostPort, guestPort };
  throw new UserError('forward-invalid', 'a port forward cannot be read', {
    exitCode: exitCodes.usage,
    seen: text,
    needed: 'HOST:GUEST, such as 2222:22',
  });
}

function cpusOption(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 64) return count;
  throw new UserError('cpus-invalid', '--cpus cannot be used', {
    exitCode: exitCodes.usage,
    seen: text,
    needed: 'a number from 1 to 64',
  });
}

function sizeOption(name: string, text: string, least: number): number {
  const size = parseSize(text);
  if (size !== undefined && size >= least) return size;
  throw new UserError('size-invalid', `${name} cannot be used`, {
    exitCode: exitCodes.usage,
    seen: text,
    needed: `a size such as 4G, at least ${least / MIB}M`,
  });
}

/** A credential that lets a key in. */
async function authorizedKey(file: string) {
  const key = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError('key-missing', 'cannot read the ssh key', { where: file, cause });
  });
  if (!/^(ssh-|ecdsa-|sk-)\S+ \S+/.test(key)) {
    throw new UserError('key-invalid', 'this is not a public ssh key', {
      where: file,
      needed: 'a .pub file',
    });
  }
  return credential('ssh.authorized_keys.core', key);
}
