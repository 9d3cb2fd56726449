/** Makes the unified kernel image: kernel, initrd and a command line that names the root by its hash. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputPath, inputText, type StageRunner } from './stage.ts';

export const uki: StageRunner<'uki'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const rootHash = inputText(context, 'verity', 'rootHash');
  const commandLine = [`roothash=${rootHash}`, ...options.arguments].join(' ');
  await writeFile(join(directory, 'os-release'), options.osRelease);
  await toolbox.run(
    [
      'ukify',
      'build',
      '--linux=/in/vmlinuz',
      '--initrd=/in/initrd',
      `--cmdline=${commandLine}`,
      '--os-release=@/out/os-release',
      `--uname=${inputText(context, 'kernel', 'release')}`,
      '--stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub',
      '--output=/out/basalt.efi',
    ],
    {
      signal,
      binds: [
        { source: inputPath(context, 'kernel', 'vmlinuz'), target: '/in/vmlinuz' },
        { source: inputPath(context, 'initrd', 'initrd'), target: '/in/initrd' },
        { source: directory, target: '/out', writable: true },
      ],
      env: { SOURCE_DATE_EPOCH: String(options.epoch) },
    },
  );
  return { files: { uki: join(directory, 'basalt.efi') }, values: { commandLine } };
};
