/** The installer with a made-up machine, as a program: for terminals of tests, and to look at. */
import { access } from 'node:fs/promises';
import { openTemplate, templateNames } from '../../../src/config-templates/catalogue.ts';
import type { InstallStepName } from '../../../src/install/events.ts';
import { runInstaller } from '../../../src/tui/install/run-installer.tsx';
import { dell, dellFacts } from './fake-machine.ts';
import { FakePort } from './fake-port.ts';

const [templates = '', hold = '', failIn] = process.argv.slice(2);

/** The installation stands still at 45 % of the copying until a file is there; not at all without its name. */
async function waitFor(percent: number): Promise<void> {
  if (percent !== 45 || hold === '') return;
  for (let tries = 0; tries < 3000; tries++) {
    const isThere = await access(hold).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const names = await templateNames(templates);
const facts = {
  ...dellFacts,
  machine: process.env.FAKE_FIRMWARE === 'bios' ? { ...dell, firmware: 'bios' as const } : dell,
  templates: await Promise.all(names.map((name) => openTemplate(templates, name))),
};
const port = new FakePort(facts, {
  hold: waitFor,
  failIn: failIn === '' ? undefined : (failIn as InstallStepName | undefined),
});
const end = await runInstaller({
  port,
  input: process.stdin,
  output: process.stdout,
  env: process.env,
  now: port.now,
});
process.stdout.write(`\nended: ${end}, ${port.requests.length} installations, ${port.reboots} restarts\n`);
process.exit(0);
