/** "Did you mean": the known name closest to a misspelt one. */

/**
 * Edit distance with transpositions (optimal string alignment): how many letters were added, left out,
 * replaced or swapped with their neighbour.
 */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

/**
 * The candidate closest to `name`, when it is close enough to be what was meant: at most a third of its
 * letters differ, case aside. Ties go to the first candidate.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  // A name far longer than any candidate is no misspelling, and would only cost time.
  if (name.length > 100) return undefined;
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    // Each letter more or less is a difference already.
    if (Math.abs(name.length - candidate.length) > allowed) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= allowed && (best === undefined || distance < best.distance))
      best = { candidate, distance };
  }
  return best?.candidate;
}

/** A hint for an unknown name: `did you mean "x"? allowed: x, y, z`. */
export function suggestion(name: string, candidates: readonly string[], label = 'allowed'): string {
  const known = candidates.length === 0 ? `${label}: none` : `${label}: ${candidates.join(', ')}`;
  const close = nearest(name, candidates);
  return close === undefined ? known : `did you mean "${close}"? ${known}`;
}
