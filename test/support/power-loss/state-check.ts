/** Judges states of a recorded disk, and looks again only at what changed since the last one. */
import type { Partition } from '../../../src/disk/partition.ts';
import type { Workshop } from '../../../src/inspect/workshop.ts';
import {
  type BootEntryView,
  type BootView,
  type EspView,
  holdsPart,
  viewBoot,
  viewEsp,
} from './boot-view.ts';
import type { KnownPart, KnownVersion } from './known-version.ts';
import type { Recording } from './recording.ts';
import { type VarView, viewVar } from './var-check.ts';
import { viewVfat } from './vfat-check.ts';
import type { ZoneName } from './zones.ts';

/** Where the parts of a state are: the disk, and two of its partitions. */
export interface StateFiles {
  readonly disk: string;
  readonly esp: string;
  readonly var: string;
}

export interface StateVerdict {
  readonly problems: readonly string[];
  readonly entries: readonly BootEntryView[];
  /** What the check of the ESP, which runs before it is mounted, would put right; empty when nothing. */
  readonly espMends: string;
  readonly varMends: readonly string[];
  /** What state.json says of versions and the ESP does not bear out: the next start has to find that out. */
  readonly ahead: readonly string[];
}

/** Where a state lies in a recording. */
export interface Moment {
  /** The power went when the log was as long. */
  readonly logBytes: number;
  /** A number for the content of each zone: the same number, the same content. */
  readonly contents: Readonly<Record<ZoneName, number>>;
}

/** How many contents are remembered: that of the last flush, and a few around it. */
const REMEMBERED = 4;

/** What depends on the content of some zones only. */
class Remembered<T> {
  private readonly kept = new Map<string, T>();

  constructor(private readonly zones: readonly ZoneName[]) {}

  async get({ contents }: Moment, look: () => Promise<T>): Promise<T> {
    const key = this.zones.map((zone) => contents[zone]).join(' ');
    const known = this.kept.get(key);
    if (known !== undefined) {
      // The one that was used last goes last.
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const value = await look();
    this.kept.set(key, value);
    for (const old of [...this.kept.keys()].slice(0, -REMEMBERED)) this.kept.delete(old);
    return value;
  }
}

export class StateChecker {
  private readonly esp = new Remembered<EspView>(['esp']);
  private readonly espMends = new Remembered<string>(['esp']);
  private readonly boot = new Remembered<BootView>(['table', 'esp', 'active', 'passive']);
  private readonly held = new Map<string, Remembered<boolean>>();

  constructor(
    private readonly workshop: Workshop,
    private readonly recording: Recording,
    private readonly versions: readonly KnownVersion[],
    private readonly files: StateFiles,
    /** Of the slots. */
    private readonly zoneOf: (partition: Partition) => ZoneName,
  ) {}

  async judge(moment: Moment): Promise<StateVerdict> {
    const { files, workshop, recording, versions } = this;
    const esp = await this.esp.get(moment, () => viewEsp(workshop, files.esp));
    const boot = await this.boot.get(moment, () =>
      viewBoot(files.disk, esp, {
        versions,
        running: recording.step.from.version,
        holds: (partition, part) => this.holds(moment, partition, part),
      }),
    );
    const toolbox = await workshop.toolbox();
    const mends = await this.espMends.get(moment, () => viewVfat(toolbox, files.esp));
    const mended = mends === '' ? [] : await this.afterMending(moment);
    const varView = await viewVar(toolbox, files.var, this.markAt(moment.logBytes));
    return {
      problems: [
        ...boot.problems,
        ...mended.map((problem) => `once the ESP was checked: ${problem}`),
        ...varView.problems,
      ],
      entries: boot.entries,
      espMends: mends,
      varMends: varView.mends,
      ahead: contradictions(varView, boot),
    };
  }

  /** The machine checks the ESP before it writes to it: what is started must outlive that. */
  private async afterMending(moment: Moment): Promise<readonly string[]> {
    const { workshop, files, versions, recording } = this;
    const toolbox = await workshop.toolbox();
    let view: BootView | undefined;
    await viewVfat(toolbox, files.esp, async (mendedEsp) => {
      view = await viewBoot(files.disk, await viewEsp(workshop, mendedEsp), {
        versions,
        running: recording.step.from.version,
        holds: (partition, part) => this.holds(moment, partition, part),
      });
    });
    return view?.problems ?? ['it was not checked'];
  }

  /** The newest mark that was acknowledged by then. */
  private markAt(logBytes: number): number {
    return Math.max(
      0,
      ...this.recording.marks.filter((each) => each.logBytes <= logBytes).map(({ mark }) => mark),
    );
  }

  private holds(moment: Moment, partition: Partition, part: KnownPart): Promise<boolean> {
    const key = `${partition.number} ${part.sha256}`;
    const zone = this.zoneOf(partition);
    const remembered = this.held.get(key) ?? new Remembered<boolean>([zone]);
    this.held.set(key, remembered);
    return remembered.get(moment, () => holdsPart(this.files.disk, partition, part));
  }
}

/** Where the machine remembers more than there is. */
function contradictions({ state }: VarView, { entries }: BootView): string[] {
  if (state === undefined) return [];
  const { writing, installed, good, last } = state;
  const entryOf = (version: string) => entries.find((entry) => entry.version === version);
  const found: string[] = [];
  if (installed !== undefined && writing === undefined && entryOf(installed.version) === undefined)
    found.push(
      `state.json says that version ${installed.version} is written, and the ESP has no entry of it`,
    );
  if (good !== undefined && entryOf(good.version) === undefined)
    found.push(`state.json says that version ${good.version} is good, and the ESP has no entry of it`);
  const told =
    last?.ok === true && last.what === 'update' ? /^version (\S+) (?:is written|runs)/.exec(last.text) : null;
  if (told?.[1] !== undefined && entryOf(told[1]) === undefined)
    found.push(`state.json says "${last?.text}", and the ESP has no entry of it`);
  return found;
}
