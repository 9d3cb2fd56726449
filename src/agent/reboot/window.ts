/**
 * When a machine may restart by itself. The clock on the wall counts: where clocks are put forward, a window that holds
 * the missing hour is shorter that day; where they are put back, it may be open twice. Pure.
 */
import type { Weekday, WindowStart } from '../../cloud-config/times.ts';

export interface RebootWindow extends WindowStart {
  readonly lengthMs: number;
  /** Of the IANA database; undefined: the machine's own. */
  readonly timeZone: string | undefined;
}

/** What a clock on the wall shows. */
export interface WallClock {
  readonly weekday: Weekday;
  readonly secondsOfDay: number;
}

/** Whether a window is open, and until or from when, on that clock. */
export type WindowState =
  | { readonly open: true; readonly leftMs: number }
  | { readonly open: false; readonly beginsInMs: number };

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
const EVERY_DAY: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];
const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** A window may go on over midnight, and over the end of the week. */
export function windowState(window: RebootWindow, { weekday, secondsOfDay }: WallClock): WindowState {
  const now = (weekday - 1) * DAY_SECONDS + secondsOfDay;
  const starts = (window.days.length === 0 ? EVERY_DAY : window.days).map(
    (day) => (day - 1) * DAY_SECONDS + window.minutes * 60,
  );
  const sinceMs = Math.min(...starts.map((start) => modulo(now - start))) * 1000;
  if (sinceMs < window.lengthMs) return { open: true, leftMs: window.lengthMs - sinceMs };
  return { open: false, beginsInMs: Math.min(...starts.map((start) => modulo(start - now))) * 1000 };
}

/** `Sat,Sun 04:00`, with the zone when there is one. */
export function windowText({ days, minutes, timeZone }: RebootWindow): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const time = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const named = days.map((day) => NAMES[day - 1]).join(',');
  return [named, time, timeZone ?? ''].filter((part) => part !== '').join(' ');
}

/** The output of `date '+%u %H %M %S'`. @returns Undefined when it is something else. */
export function parseWallClock(text: string): WallClock | undefined {
  const found = /^([1-7]) ([0-9]{2}) ([0-9]{2}) ([0-9]{2})\s*$/.exec(text);
  if (found === null) return undefined;
  const [weekday = 1, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map(Number);
  return { weekday: weekday as Weekday, secondsOfDay: hours * 3600 + minutes * 60 + seconds };
}

function modulo(seconds: number): number {
  return ((seconds % WEEK_SECONDS) + WEEK_SECONDS) % WEEK_SECONDS;
}
