/** Near names for a package that does not exist: misspellings, and longer names that begin with it. */
import { editDistance } from '../yaml/nearest.ts';

const MAX_DISTANCE = 2;

/** The nearest of many names, best first. */
export function nearNames(name: string, candidates: Iterable<string>, count: number): string[] {
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of candidates) {
    // The distance is at least the difference in length: skip most of the archive's 60,000 names unseen.
    if (Math.abs(candidate.length - name.length) <= MAX_DISTANCE) {
      const distance = editDistance(name, candidate);
      if (distance <= Math.min(MAX_DISTANCE, name.length / 3)) scored.push({ candidate, score: distance });
    } else if (candidate.startsWith(`${name}.`) || candidate.startsWith(`${name}-`)) {
      scored.push({ candidate, score: MAX_DISTANCE + candidate.length / 100 });
    }
  }
  scored.sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, count).map(({ candidate }) => candidate);
}
