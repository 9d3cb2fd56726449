/** What systemd demands of each type of unit: it does not load a unit that breaks one of these. */
import { suggestion } from '../yaml/nearest.ts';
import { shorten } from '../yaml/value-path.ts';
import type { Part } from './part.ts';
import type { Report } from './report.ts';
import type { Assignment, UnitFile } from './unit-file.ts';
import { escapePath, unitType } from './unit-name.ts';
import { Variables } from './variables.ts';

/** Assignments of which a type needs one. */
const NEEDED: Readonly<Record<string, { section: string; keys: readonly string[]; hint: string }>> = {
  timer: {
    section: 'Timer',
    keys: [
      'OnCalendar',
      'OnBootSec',
      'OnUnitActiveSec',
      'OnActiveSec',
      'OnStartupSec',
      'OnUnitInactiveSec',
      'OnTimezoneChange',
      'OnClockChange',
    ],
    hint: 'such as OnCalendar=daily',
  },
  socket: {
    section: 'Socket',
    keys: [
      'ListenStream',
      'ListenDatagram',
      'ListenSequentialPacket',
      'ListenFIFO',
      'ListenSpecial',
      'ListenNetlink',
      'ListenMessageQueue',
      'ListenUSBFunction',
    ],
    hint: 'such as ListenStream=8080',
  },
  path: {
    section: 'Path',
    keys: ['PathExists', 'PathChanged', 'PathModified', 'PathExistsGlob', 'DirectoryNotEmpty'],
    hint: 'such as PathChanged=/etc/foo',
  },
  swap: { section: 'Swap', keys: ['What'], hint: 'such as What=/var/swapfile' },
  mount: { section: 'Mount', keys: ['What'], hint: 'such as What=/dev/disk/by-label/data' },
};

/** Checks a whole unit. */
export function checkRules(name: string, content: Part, file: UnitFile, report: Report): void {
  const rules = new Rules(name, content, file, report);
  const type = unitType(name);
  const needed = NEEDED[type];
  if (needed !== undefined) rules.needsOne(needed.section, needed.keys, needed.hint);
  if (type === 'service') rules.service();
  if (type === 'mount') rules.where('Mount', type);
  if (type === 'automount') rules.where('Automount', type);
}

const TYPES = ['simple', 'exec', 'forking', 'oneshot', 'dbus', 'notify', 'notify-reload', 'idle'];
const RESTARTS = ['no', 'on-success', 'on-failure', 'on-abnormal', 'on-abort', 'on-watchdog', 'always'];

class Rules {
  constructor(
    private readonly name: string,
    private readonly content: Part,
    private readonly file: UnitFile,
    private readonly report: Report,
  ) {}

  service(): void {
    const start = this.values('Service', 'ExecStart');
    const stop = this.values('Service', 'ExecStop');
    const type = this.last('Service', 'Type');
    this.choice(type, TYPES);
    this.choice(this.last('Service', 'Restart'), RESTARTS);
    for (const command of [...start, ...stop]) this.command(command);
    const stays = /^(yes|true|on|1|y|t)$/i.test(this.last('Service', 'RemainAfterExit')?.value ?? '');
    const oneshot = type?.value === 'oneshot';
    if (
      start.length === 0 &&
      this.last('Service', 'SuccessAction') === undefined &&
      (stop.length === 0 || !(stays || oneshot))
    )
      this.refuse(
        this.section('Service'),
        'has no ExecStart=',
        'write ExecStart= with the program the service runs',
      );
    if (start.length > 1 && !oneshot)
      this.refuse(
        start[1],
        'has more than one ExecStart=',
        'write Type=oneshot, or what goes before in ExecStartPre=',
      );
    if (type?.value === 'dbus' && this.last('Service', 'BusName') === undefined)
      this.refuse(type, 'is of Type=dbus and has no BusName=', 'write BusName=');
    const restart = this.last('Service', 'Restart');
    if (oneshot && (restart?.value === 'always' || restart?.value === 'on-success'))
      this.refuse(
        restart,
        `is of Type=oneshot, which does not go with Restart=${restart.value}`,
        'write Restart=on-failure, or another Type=',
      );
  }

  needsOne(section: string, keys: readonly string[], hint: string): void {
    if (keys.some((key) => this.values(section, key).length > 0)) return;
    const wanted =
      keys.length === 1 ? `no ${keys[0]}=` : `none of ${keys.slice(0, 3).join('=, ')}= and the like`;
    this.refuse(this.section(section), `has ${wanted}`, hint);
  }

  /** The name of a mount unit must be that of its place: systemd.mount(5). */
  where(section: string, type: string): void {
    const where = this.last(section, 'Where');
    if (where === undefined) {
      this.refuse(this.section(section), 'has no Where=', 'write Where= with the folder');
      return;
    }
    if (/[%$\\"']/.test(where.value)) return;
    const expected = `${escapePath(where.value)}.${type}`;
    if (expected !== this.name)
      this.refuse(
        where,
        `mounts ${shorten(where.value)}, and its name must say so`,
        `name the unit ${expected}`,
      );
  }

  private command(assignment: Assignment): void {
    // Special prefixes: systemd.service(5), COMMAND LINES.
    const program = assignment.value.replace(/^[@\-:+!|]*\s*/, '').split(/\s/)[0] ?? '';
    if (program === '' || program.startsWith('/') || /^["'%$]/.test(program)) return;
    if (program.includes('/'))
      this.refuse(
        assignment,
        `runs "${shorten(program)}", which is not an absolute path`,
        `such as ${assignment.key}=/usr/bin/program`,
      );
  }

  private choice(assignment: Assignment | undefined, choices: readonly string[]): void {
    if (assignment === undefined || choices.includes(assignment.value) || /[%$]/.test(assignment.value))
      return;
    this.refuse(
      assignment,
      `has ${assignment.key}=${shorten(assignment.value)}, which does not exist`,
      suggestion(assignment.value, choices),
    );
  }

  /** Assignments that are in force: an empty one takes back those before it. */
  private values(section: string, key: string): readonly Assignment[] {
    const all = this.file.sections
      .filter(({ name }) => name === section)
      .flatMap(({ assignments }) => assignments.filter((assignment) => assignment.key === key));
    const cleared = all.findLastIndex(({ value }) => value === '');
    return all.slice(cleared + 1);
  }

  private last(section: string, key: string): Assignment | undefined {
    return this.values(section, key).at(-1);
  }

  private section(name: string) {
    return this.file.sections.find((section) => section.name === name);
  }

  private refuse(at: { readonly line: Assignment['line'] } | undefined, message: string, hint: string): void {
    const place = at === undefined ? this.content.place : this.content.placeInside(at.line);
    this.report.problem(place, `${this.name} ${Variables.unshield(message)}`, hint);
  }
}
