/** Checks the text of a unit or drop-in: what systemd would refuse or pass over. */
import { suggestion } from '../yaml/nearest.ts';
import { shorten } from '../yaml/value-path.ts';
import type { Part } from './part.ts';
import type { Report } from './report.ts';
import { directivesOf } from './unit-directives.ts';
import { parseUnit, type UnitFile } from './unit-file.ts';
import { isNetworkUnit, unitType } from './unit-name.ts';
import { checkRules } from './unit-rules.ts';
import { neededSections, sectionsOf } from './unit-sections.ts';

/** Larger than any unit that people write. */
const MAXIMUM_CHARACTERS = 256 * 1024;

/** Checks a unit's text, and gives what it holds; a drop-in need not be whole. */
export function checkUnitText(
  name: string,
  content: Part,
  isDropIn: boolean,
  report: Report,
): UnitFile | undefined {
  const text = content.raw;
  if (text.trim() === '') {
    report.problem(
      content.place,
      `${name} has no content`,
      'write the unit, or remove the key if the unit exists already',
    );
    return undefined;
  }
  if (text.length > MAXIMUM_CHARACTERS) {
    report.problem(
      content.place,
      `${name} has ${text.length} characters`,
      `a unit has at most ${MAXIMUM_CHARACTERS}`,
    );
    return undefined;
  }
  const file = parseUnit(text);
  for (const fault of file.faults)
    report.problem(content.placeInside(fault.line), `${name}: ${fault.message}`, fault.hint);
  checkSections(name, content, file, report);
  if (isDropIn) return file;
  const needed = neededSections(unitType(name));
  if (needed.length > 0 && !file.sections.some((section) => needed.includes(section.name)))
    report.problem(
      content.place,
      `${name} has no [${needed.join('] or [')}] section`,
      file.sections.length === 0 ? 'content is the whole text of the unit' : `a .${unitType(name)} needs one`,
    );
  else if (!isNetworkUnit(name)) checkRules(name, content, file, report);
  return file;
}

function checkSections(name: string, content: Part, file: UnitFile, report: Report): void {
  const type = unitType(name);
  const allowed = sectionsOf(type);
  for (const section of file.sections) {
    const { name: title, line } = section;
    // Sections of other programs: systemd.unit(5).
    if (title.startsWith('X-')) continue;
    if (!allowed.includes(title)) {
      report.problem(content.placeInside(line), `${name}: unknown section [${shorten(title)}]`, () =>
        suggestion(title, allowed, `a .${type} has`),
      );
      continue;
    }
    const known = isNetworkUnit(name) ? undefined : directivesOf(title);
    if (known === undefined) continue;
    const names = new Set(known);
    for (const assignment of section.assignments) {
      if (names.has(assignment.key) || assignment.key.startsWith('X-')) continue;
      report.warning(
        content.placeInside(assignment.line),
        `${name}: systemd does not know ${shorten(assignment.key)}= in [${title}], and passes over it`,
        () => nearestHint(assignment.key, known),
      );
    }
  }
}

/** The list of all would be too long. */
function nearestHint(key: string, known: readonly string[]): string {
  const near = suggestion(key, known).split('? ')[0] ?? '';
  return near.startsWith('did you mean')
    ? `${near}?`
    : 'remove it, or put X- before it when it is meant for another program';
}
