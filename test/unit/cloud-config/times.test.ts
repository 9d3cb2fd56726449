import { describe, expect, it } from 'vitest';
import { isZoneName, parseSpan, parseWindowStart } from '../../../src/cloud-config/times.ts';

describe('parseSpan', () => {
  it.each([
    ['1h30m', 5_400_000],
    ['90m', 5_400_000],
    ['1.5h', 5_400_000],
    ['10s', 10_000],
    ['250ms', 250],
    ['1h1m1s1ms', 3_661_001],
  ])('%s', (text, ms) => expect(parseSpan(text)).toBe(ms));

  it.each(['', '90', '1 h', 'h', '1d', '-1h', '1h30'])('%j is none', (text) =>
    expect(parseSpan(text)).toBeUndefined(),
  );
});

describe('parseWindowStart', () => {
  it.each([
    ['04:00', [], 240],
    ['4:5', [], 245],
    ['Thu 04:00', [4], 240],
    ['thu 23:59', [4], 1439],
    ['Sun,Sat 00:00', [6, 7], 0],
    ['mon,mon 1:00', [1], 60],
  ])('%s', (text, days, minutes) => expect(parseWindowStart(text)).toEqual({ days, minutes }));

  it.each(['', '24:00', '4', '04:60', 'Thursday 04:00', 'Thu  04:00', 'Thu, 04:00', 'Mon-Fri 04:00'])(
    '%j is none',
    (text) => expect(parseWindowStart(text)).toBeUndefined(),
  );
});

describe('isZoneName', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'America/Port-au-Prince'])(
    '%s',
    (text) => expect(isZoneName(text)).toBe(true),
  );

  it.each(['', '/etc/localtime', '../x', 'a/../b', 'Europe/', 'Europe//Berlin', 'a b', 'a/b/c/d'])(
    '%j is none',
    (text) => expect(isZoneName(text)).toBe(false),
  );
});
