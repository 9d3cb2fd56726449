/** `coreos.units`. */
import type { Claims } from './claims.ts';
import { type UnitCommand, type UnitConfig, unitCommands } from './config.ts';
import { AGENT_FAULT, AGENT_SERVICE } from './file-path.ts';
import { namedEntries } from './named-entries.ts';
import type { Part } from './part.ts';
import type { Report } from './report.ts';
import { flag, list, section, text } from './shape.ts';
import { checkUnitText } from './unit-check.ts';
import type { UnitFile } from './unit-file.ts';
import { dropInNameFault, isNetworkUnit, isTemplate, unitNameFault } from './unit-name.ts';
import { goneUnits } from './units-gone.ts';

/** The form of `coreos.units`. */
export const unitsShape = list(
  'systemd units to write, enable, mask, start',
  section(
    'a unit',
    {
      name: text(
        'name with its type, such as hello.service; .network, .netdev and .link are for systemd-networkd',
        {
          check: unitNameFault,
        },
      ),
      content: text('whole text of the unit; left out for a unit that exists already'),
      'drop-ins': list(
        'parts laid over a unit, without writing it anew',
        section(
          'a drop-in',
          {
            name: text('file name ending in .conf, such as 10-env.conf', { check: dropInNameFault }),
            content: text('the sections and assignments to add'),
          },
          { required: ['name', 'content'] },
        ),
      ),
      enable: flag("whether the unit's [Install] section is followed, so that it starts with the machine"),
      mask: flag('whether the unit can not be started at all'),
      runtime: flag('whether the unit is gone after a restart (kept in /run)'),
      command: text('what to do with the unit once it is written; nothing when left out', {
        choices: unitCommands,
      }),
    },
    {
      required: ['name'],
      refused: { dropins: 'write drop-ins', contents: 'write content', enabled: 'write enable' },
    },
  ),
);

/** Reads them. */
export function readUnits(part: Part | undefined, report: Report, claims: Claims): UnitConfig[] {
  return namedEntries(part, report, 'the unit').map(({ entry, name, isFirst }) => {
    if (isFirst) claimPaths(entry, name, claims);
    return readUnit(entry, name, report);
  });
}

function readUnit(entry: Part, name: Part, report: Report): UnitConfig {
  const content = entry.get('content');
  const file = content === undefined ? undefined : checkUnitText(name.text, content, false, report);
  const dropIns = (entry.get('drop_ins')?.items ?? []).flatMap((dropIn) => {
    const [dropInName, dropInText] = [dropIn.get('name'), dropIn.get('content')];
    if (dropInName === undefined || dropInText === undefined) return [];
    checkUnitText(name.text, dropInText, true, report);
    return [{ name: dropInName.text, content: dropInText.text }];
  });
  const unit: UnitConfig = {
    name: name.text,
    content: content?.text,
    dropIns,
    runtime: entry.get('runtime')?.flag ?? false,
    enable: entry.get('enable')?.flag ?? false,
    mask: entry.get('mask')?.flag ?? false,
    command: entry.get('command')?.text as UnitCommand | undefined,
  };
  checkUnit(unit, entry, file, report);
  return unit;
}

/** Keys that do not go together. */
function checkUnit(unit: UnitConfig, entry: Part, file: UnitFile | undefined, report: Report): void {
  const refuse = (key: string, message: string, hint: string) =>
    report.problem(entry.get(key)?.keyPlace ?? entry.place, `${unit.name} ${message}`, hint);
  const starts = unit.command !== undefined && unit.command !== 'stop';
  const gone = Object.hasOwn(goneUnits, unit.name) ? goneUnits[unit.name] : undefined;
  if (gone !== undefined && unit.content === undefined)
    report.problem(entry.get('name')?.place ?? entry.place, `${unit.name} is not part of this system`, gone);
  if (unit.mask && unit.content !== undefined)
    refuse('content', 'is masked, so its content would never be read', 'remove mask, or remove content');
  if (unit.mask && unit.dropIns.length > 0)
    refuse('drop_ins', 'is masked, so its drop-ins would never be read', 'remove mask, or remove drop-ins');
  if (unit.mask && unit.enable) refuse('enable', 'is masked and enabled', 'keep one of them');
  if (unit.mask && starts)
    refuse('command', `is masked, and command is ${unit.command}`, 'remove mask, or write command: stop');
  if (starts && isTemplate(unit.name) && unit.command !== 'try-restart')
    refuse(
      'command',
      'is a template: only its instances can be started',
      `name one, such as ${unit.name.replace('@.', '@name.')}`,
    );
  if (unit.name === AGENT_SERVICE) checkAgent(unit, entry, report);
  if (isNetworkUnit(unit.name)) {
    if (unit.command !== undefined)
      report.warning(
        entry.get('command')?.keyPlace ?? entry.place,
        `${unit.name} cannot be started: command is passed over`,
        'remove it; systemd-networkd reads its files anew',
      );
    if (unit.enable || unit.mask)
      refuse(
        unit.enable ? 'enable' : 'mask',
        'is a file of systemd-networkd: it is not enabled or masked',
        'remove the key',
      );
    return;
  }
  if (unit.enable && file !== undefined && !file.sections.some((section) => section.name === 'Install'))
    report.warning(
      entry.get('enable')?.keyPlace ?? entry.place,
      `${unit.name} is enabled and has no [Install] section`,
      'write [Install] with WantedBy=multi-user.target, or command: start instead',
    );
  if (
    unit.content === undefined &&
    unit.dropIns.length === 0 &&
    !unit.enable &&
    !unit.mask &&
    unit.command === undefined
  )
    report.warning(
      entry.place,
      `${unit.name}: nothing is asked for`,
      'write content, drop-ins, enable, mask or command',
    );
}

/** A configuration that broke the agent could not be taken back by another. */
function checkAgent(unit: UnitConfig, entry: Part, report: Report): void {
  for (const [asked, key, verb] of [
    [unit.content !== undefined, 'content', 'replaced'],
    [unit.dropIns.length > 0, 'drop_ins', 'changed by drop-ins'],
    [unit.mask, 'mask', 'masked'],
  ] as const) {
    if (!asked) continue;
    const place = entry.get(key)?.keyPlace ?? entry.place;
    report.problem(place, `${unit.name} is ${verb}, ${AGENT_FAULT.reason}`, AGENT_FAULT.hint);
  }
}

function claimPaths(entry: Part, name: Part, claims: Claims): void {
  const folder = `${entry.get('runtime')?.flag ? '/run' : '/etc'}/systemd/${isNetworkUnit(name.text) ? 'network' : 'system'}`;
  const path = `${folder}/${name.text}`;
  const content = entry.get('content');
  if (content !== undefined || entry.get('mask')?.flag)
    claims.take(path, `coreos.units (${name.text})`, (content ?? name).keyPlace);
  for (const dropIn of entry.get('drop_ins')?.items ?? []) {
    const file = dropIn.get('name');
    if (file !== undefined) claims.take(`${path}.d/${file.text}`, `coreos.units (${name.text})`, file.place);
  }
}
