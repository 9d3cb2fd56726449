import { describe, expect, it } from 'vitest';
import {
  parseWallClock,
  type RebootWindow,
  windowState,
  windowText,
} from '../../../../src/agent/reboot/window.ts';
import { parseWindowStart, type Weekday } from '../../../../src/cloud-config/times.ts';

const HOUR = 3_600_000;

function window(start: string, lengthMs: number, timeZone?: string): RebootWindow {
  const parsed = parseWindowStart(start);
  if (parsed === undefined) throw new Error(start);
  return { ...parsed, lengthMs, timeZone };
}

/** `4 03:59:59` is Thursday. */
function at(text: string) {
  const [day = '', time = ''] = text.split(' ');
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return { weekday: Number(day) as Weekday, secondsOfDay: hours * 3600 + minutes * 60 + seconds };
}

describe('windowState', () => {
  it.each([
    // Every day.
    ['04:00', HOUR, '1 04:00:00', { open: true, leftMs: HOUR }],
    ['04:00', HOUR, '1 04:59:59', { open: true, leftMs: 1000 }],
    ['04:00', HOUR, '1 05:00:00', { open: false, beginsInMs: 23 * HOUR }],
    ['04:00', HOUR, '1 03:59:59', { open: false, beginsInMs: 1000 }],
    // Once a week.
    ['Thu 04:00', HOUR, '4 04:30:00', { open: true, leftMs: HOUR / 2 }],
    ['Thu 04:00', HOUR, '3 04:30:00', { open: false, beginsInMs: 23.5 * HOUR }],
    ['Thu 04:00', HOUR, '4 05:00:00', { open: false, beginsInMs: (7 * 24 - 1) * HOUR }],
    // Over midnight, and over the end of the week.
    ['23:30', 2 * HOUR, '1 00:15:00', { open: true, leftMs: 1.25 * HOUR }],
    ['23:30', 2 * HOUR, '1 01:30:00', { open: false, beginsInMs: 22 * HOUR }],
    ['Sun 23:00', 3 * HOUR, '1 01:00:00', { open: true, leftMs: HOUR }],
    ['Sun 23:00', 3 * HOUR, '1 02:00:00', { open: false, beginsInMs: (6 * 24 + 21) * HOUR }],
    // Several days; the nearest counts.
    ['Sat,Sun 04:00', HOUR, '7 04:10:00', { open: true, leftMs: HOUR - 600_000 }],
    ['Sat,Sun 04:00', HOUR, '6 05:00:00', { open: false, beginsInMs: 23 * HOUR }],
    ['Sat,Mon 04:00', HOUR, '7 04:00:00', { open: false, beginsInMs: 24 * HOUR }],
    // Longer than from one to the next: always.
    ['04:00', 25 * HOUR, '1 03:59:59', { open: true, leftMs: HOUR + 1000 }],
  ])('%s for %d ms, at %s', (start, lengthMs, now, state) => {
    expect(windowState(window(start, lengthMs), at(now))).toEqual(state);
  });

  it('is open exactly as long as it says, in every minute of a week', () => {
    const tested = window('Tue,Fri 22:15', 3.5 * HOUR);
    let open = 0;
    for (let minute = 0; minute < 7 * 24 * 60; minute++) {
      const now = { weekday: (Math.floor(minute / 1440) + 1) as Weekday, secondsOfDay: (minute % 1440) * 60 };
      if (windowState(tested, now).open) open++;
    }
    expect(open).toBe(2 * 3.5 * 60);
  });
});

it('tells a window as people write it', () => {
  expect(windowText(window('sun,sat 4:05', HOUR, 'Europe/Berlin'))).toBe('Sat,Sun 04:05 Europe/Berlin');
  expect(windowText(window('23:00', HOUR))).toBe('23:00');
});

it('reads what date says', () => {
  expect(parseWallClock('4 03 59 58\n')).toEqual(at('4 03:59:58'));
  expect(parseWallClock('08 03 59 58')).toBeUndefined();
  expect(parseWallClock('')).toBeUndefined();
});
