/**
 * Which of two versions is newer: the same answer as systemd-boot's, which starts the newest.
 * @see https://uapi-group.org/specifications/specs/version_format_specification/
 */

/** Separators in the order in which they are looked at: a version that goes on with one is the older. */
const SEPARATORS = ['-', '^', '.'] as const;

/** @returns Negative when `left` is older, positive when it is newer, 0 when they are the same. */
export function compareVersions(left: string, right: string): number {
  let a = significant(left);
  let b = significant(right);
  for (;;) {
    if (a.startsWith('~') !== b.startsWith('~')) return a.startsWith('~') ? -1 : 1;
    if (a.startsWith('~')) {
      a = a.slice(1);
      b = b.slice(1);
    }
    if (a === '' || b === '') return Math.sign(a.length - b.length);
    for (const separator of SEPARATORS) {
      if (a.startsWith(separator) !== b.startsWith(separator)) return a.startsWith(separator) ? -1 : 1;
      if (!a.startsWith(separator)) continue;
      a = a.slice(1);
      b = b.slice(1);
    }
    const digits = isDigit(a) || isDigit(b);
    const segment = digits ? /^[0-9]*/ : /^[A-Za-z]*/;
    const [one, other] = [segment.exec(a)?.[0] ?? '', segment.exec(b)?.[0] ?? ''];
    const order = digits ? compareNumbers(one, other) : compareText(one, other);
    if (order !== 0) return order;
    a = a.slice(one.length);
    b = b.slice(other.length);
  }
}

/** Other characters have no weight. */
function significant(version: string): string {
  return version.replace(/[^A-Za-z0-9~^.-]/g, '');
}

function isDigit(text: string): boolean {
  return /^[0-9]/.test(text);
}

/** Of any length. A number is newer than none. */
function compareNumbers(left: string, right: string): number {
  if ((left === '') !== (right === '')) return left === '' ? -1 : 1;
  const [one, other] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')];
  return Math.sign(one.length - other.length) || compareText(one, other);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
