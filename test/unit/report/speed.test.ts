import { expect, test } from 'vitest';
import { addSample, type Sample, speedOf } from '../../../src/report/speed.ts';

function samplesOf(points: readonly (readonly [atMs: number, done: number])[]): readonly Sample[] {
  return points.reduce<readonly Sample[]>((samples, [atMs, done]) => addSample(samples, { atMs, done }), []);
}

test('there is no speed from one sample, or from too short a time', () => {
  expect(speedOf([], 1000)).toBeUndefined();
  expect(speedOf(samplesOf([[0, 0]]), 5000)).toBeUndefined();
  const two = samplesOf([
    [0, 0],
    [400, 400],
  ]);
  expect(speedOf(two, 400)).toBeUndefined();
  expect(speedOf(two, 500)).toBe(800);
});

test('the speed follows a change within seconds', () => {
  const slowThenFast = Array.from({ length: 200 }, (_, tenth) => {
    const done = tenth < 100 ? tenth : 100 + (tenth - 100) * 50;
    return [tenth * 100, done] as const;
  });
  expect(speedOf(samplesOf(slowThenFast), 19_900)).toBeCloseTo(500, 0);
});

test('the speed falls while nothing is heard', () => {
  const samples = samplesOf([
    [0, 0],
    [1000, 1000],
  ]);
  expect(speedOf(samples, 1000)).toBe(1000);
  expect(speedOf(samples, 10_000)).toBe(100);
});

test('a count that goes down starts anew', () => {
  const samples = samplesOf([
    [0, 0],
    [1000, 900],
    [2000, 10],
    [3000, 30],
  ]);
  expect(speedOf(samples, 3000)).toBe(20);
});

test('a thousand samples a second do not pile up', () => {
  const samples = samplesOf(Array.from({ length: 20_000 }, (_, ms) => [ms, ms] as const));
  expect(samples.length).toBeLessThan(30);
  expect(speedOf(samples, 19_999)).toBeCloseTo(1000, 0);
});
