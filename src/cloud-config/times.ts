/** Times of a cloud-config and of the files made of it: spans, and when restarts may begin. Pure; on the machine too. */

/** Monday is 1, as `date +%u` has it. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** When restarts may begin. */
export interface WindowStart {
  /** Ascending; every day when there is none. */
  readonly days: readonly Weekday[];
  /** After midnight, on the clock of the wall. */
  readonly minutes: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const START =
  /^(?:((?:mon|tue|wed|thu|fri|sat|sun)(?:,(?:mon|tue|wed|thu|fri|sat|sun))*) )?0*([0-9]|1[0-9]|2[0-3]):0*([0-9]|[1-5][0-9])$/i;

/** A span of time such as 1h30m, as Go writes them and locksmith read them. @returns Milliseconds; undefined when it is none. */
export function parseSpan(text: string): number | undefined {
  if (!/^([0-9]+(\.[0-9]*)?(h|m|s|ms))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([0-9]+(?:\.[0-9]*)?)(h|ms|m|s)/g);
  return [...parts].reduce(
    (sum, [, number = '0', unit = '']) => sum + Number(number) * (UNITS_MS[unit] ?? 0),
    0,
  );
}

/** A window's begin: `04:00`, `Thu 04:00`, `Sat,Sun 04:00`. @returns Undefined when it is none. */
export function parseWindowStart(text: string): WindowStart | undefined {
  const found = START.exec(text);
  if (found === null) return undefined;
  const [, days, hours, minutes] = found;
  const named = days?.toLowerCase().split(',') ?? [];
  return {
    days: [...new Set(named.map((day) => (DAYS.indexOf(day) + 1) as Weekday))].sort(),
    minutes: Number(hours) * 60 + Number(minutes),
  };
}

/** Whether it has the form of a name of the IANA time zone database, such as Europe/Berlin. */
export function isZoneName(text: string): boolean {
  return text.length <= 60 && /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9][A-Za-z0-9_+-]*){0,2}$/.test(text);
}
