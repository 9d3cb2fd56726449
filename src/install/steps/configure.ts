/** Step 6: what the machine is to be, and where it reports. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { InstallContext, PartitionedDisk } from '../context.ts';
import { runMounted } from '../mounted.ts';

/** The agent reads it on every boot: docs/sources/esp.md. */
const CONFIG_PATH = 'basalt/cloud-config.yaml';

/** The agent's report reads it; only root may. The token comes over stdin: a command line is for everyone to see. */
const REPORT_SCRIPT = `
umask 077
(umask 022; mkdir -p lib/basalt)
mkdir -p lib/basalt/provision
cat >lib/basalt/provision/report.json.new
sync lib/basalt/provision/report.json.new
mv -f lib/basalt/provision/report.json.new lib/basalt/provision/report.json
sync lib/basalt/provision`;

export async function configure(context: InstallContext, disk: PartitionedDisk): Promise<void> {
  const { request, scratch, programs, signal, note } = context;
  if (request.cloudConfig !== undefined) {
    const from = join(scratch, 'cloud-config.yaml');
    await writeFile(from, request.cloudConfig, { mode: 0o600 });
    await disk.esp.change([{ kind: 'put', from, path: CONFIG_PATH }]);
  } else if (request.keepVar) {
    note('info', 'no configuration was given: the one of the earlier installation stays');
  }
  if (request.report === undefined || disk.varPlace === undefined) return;
  try {
    await runMounted(
      programs,
      { place: disk.varPlace, fileSystem: 'ext4', script: REPORT_SCRIPT, args: [] },
      { signal, input: `${JSON.stringify(request.report)}\n` },
    );
  } catch (error) {
    if (signal.aborted || !request.keepVar) throw error;
    note(
      'warning',
      `/var could not be mounted (${messageOf(error)}): the machine will not report that it runs`,
    );
  }
}
