/** Which step of the update a window of writes belongs to, by what it writes and when. */
import type { Recording } from './recording.ts';
import type { Walk } from './walk.ts';
import type { Window } from './windows.ts';

export type Phase =
  | 'before the update'
  | 'download'
  | 'emptying the slot'
  | 'writing the slot'
  | 'naming the partitions'
  | 'the UKI'
  | 'the first start';

export const phases: readonly Phase[] = [
  'before the update',
  'download',
  'emptying the slot',
  'writing the slot',
  'naming the partitions',
  'the UKI',
  'the first start',
];

/** The phase of each window. */
export function phasesOf(walk: Walk, { startedAtBytes, appliedAtBytes }: Recording): Phase[] {
  const { windows } = walk;
  const touches = (window: Window, ...names: readonly string[]) =>
    names.some((name) => (walk.touched(window) as ReadonlySet<string>).has(name));
  const slot = windows.filter((window) => touches(window, 'passive'));
  const [first, last] = [slot[0]?.index ?? Number.POSITIVE_INFINITY, slot.at(-1)?.index ?? -1];
  // Mounting the ESP is one write: it marks it as in use.
  const changesEsp = (window: Window) =>
    touches(window, 'esp') &&
    window.writes.filter(({ offset }) => walk.zones.zoneAt(offset) === 'esp').length > 1;
  const emptied = windows.find(
    (window) => window.beginsAt >= startedAtBytes && (changesEsp(window) || touches(window, 'table')),
  )?.index;
  const uki = windows.find((window) => window.index > last && touches(window, 'esp'))?.index;
  return windows.map((window): Phase => {
    if (window.endsAt <= startedAtBytes) return 'before the update';
    if (window.index < Math.min(emptied ?? first, first)) return 'download';
    if (window.index < first) return 'emptying the slot';
    if (window.index <= last) return 'writing the slot';
    if (window.index < (uki ?? Number.POSITIVE_INFINITY)) return 'naming the partitions';
    return window.beginsAt < appliedAtBytes ? 'the UKI' : 'the first start';
  });
}
