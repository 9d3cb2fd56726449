/** `basalt serve status`: every machine that was seen. */
import type { Command } from 'commander';
import type { MachineStatus } from '../provision/status/machine-status.ts';
import { printable } from '../report/printable.ts';
import { formatAge } from './age.ts';
import { askServer } from './serve-control.ts';
import { type StateOptions, stateFolder, withState } from './serve-state.ts';
import { inSession } from './session.ts';
import { type Page, showResult } from './show-result.ts';
import { hanging } from './wrap-text.ts';

export function addServeStatus(serve: Command): void {
  withState(serve.command('status'))
    .description('show every machine that was seen, and what became of it')
    .addHelpText('after', '\nExample:\n  ./basalt serve status\n')
    .action((options: StateOptions) =>
      inSession(options, async (session) => {
        const result = await askServer<{ machines: readonly MachineStatus[] }>(
          stateFolder(options),
          '/status',
        );
        await showResult(session, 'serve status', result, statusLines);
      }),
    );
}

/** A line for each machine, and one for its last error. */
function statusLines(
  { machines }: { readonly machines: readonly MachineStatus[] },
  { paint, columns }: Page,
): readonly string[] {
  if (machines.length === 0) return ['no machine asked yet'];
  const nameOf = ({ name, id }: MachineStatus) => name ?? id;
  const nameWidth = Math.max(...machines.map((machine) => nameOf(machine).length));
  const stageWidth = Math.max(...machines.map(({ text }) => text.length));
  return machines.flatMap((machine) => {
    const { serviceTag, macs, text, image, version, seenAt, lastError } = machine;
    const none = machine.name === undefined ? 'no entry' : 'no image yet';
    const what = image === undefined ? none : `${image} ${version ?? ''}`;
    const age = formatAge(Date.now() - Date.parse(seenAt));
    const label = `${nameOf(machine).padEnd(nameWidth)}  ${text.padEnd(stageWidth)}  `;
    const facts = `${serviceTag ?? macs[0] ?? machine.id}, ${what}, seen ${age} ago`;
    const error = lastError === undefined ? [] : hanging('  ', printable(lastError), columns);
    return [...hanging(label, printable(facts), columns), ...error.map((line) => paint('bad', line))];
  });
}
