/** The bench's command line: which measurement, how often, and where the results go. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultStoreDirectory } from '../src/store/store.ts';
import { measureAgent } from './agent.ts';
import { compareWithMkosi } from './compare.ts';
import { compareFilesystems } from './filesystems.ts';
import { compareFormats } from './formats.ts';
import { measurePublish } from './publish.ts';
import { measureUpdates } from './updates.ts';

const HELP = `Measures Basalt. Nothing is asserted: the ratios are printed beside their targets.

  npm run bench                    Basalt and mkosi (from Debian 13) side by side, as root
  npm run bench -- filesystems     root file systems and compressions: build, size, boot, memory, reads
  npm run bench -- agent           what the agent costs a boot, with a configuration and without
  npm run bench -- updates         sizes and times of updates: whole, for one package, for a kernel
  npm run bench -- formats         all disk formats of one image, against qemu-img and others one after another
  npm run bench -- publish         sending a disk to Amazon's emulator: throughput, memory

  --runs N               rounds (default 3); each round measures everything once, in alternating order
  --save FILE            also write the results as JSON
  --filesystem NAME      mkosi's root: squashfs, as Basalt's (default), or erofs; both with zstd-3
  --only A,B             filesystems: only these candidates
  --no-boot              filesystems: do not boot them
`;

/** What the measurements are told. */
export interface BenchOptions {
  /** Folder of Basalt's store; the bench keeps its own things in `bench` below it. */
  readonly store: string;
  readonly runs: number;
  readonly save: string | undefined;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    save: { type: 'string' },
    filesystem: { type: 'string', default: 'squashfs' },
    only: { type: 'string' },
    boot: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const options: BenchOptions = {
  store: resolve(defaultStoreDirectory()),
  runs: Math.max(1, Number.parseInt(values.runs, 10) || 1),
  save: values.save,
};
const [what = 'mkosi'] = positionals;

if (values.help || !['mkosi', 'filesystems', 'agent', 'updates', 'formats', 'publish'].includes(what)) {
  process.stdout.write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else if (what === 'filesystems') {
  await compareFilesystems(options, { only: values.only?.split(','), boot: values.boot });
} else if (what === 'agent') {
  await measureAgent(options);
} else if (what === 'publish') {
  await measurePublish(options);
} else if (what === 'updates') {
  await measureUpdates(options);
} else if (what === 'formats') {
  await compareFormats(options);
} else {
  await compareWithMkosi(options, values.filesystem === 'erofs' ? 'erofs' : 'squashfs');
}
