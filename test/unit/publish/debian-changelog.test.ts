import { expect, test } from 'vitest';
import { entriesSince, parseChangelog } from '../../../src/publish/changes/debian-changelog.ts';

const TEXT = `curl (8.14.1-2+deb13u2) trixie-security; urgency=high

  * Fix of CVE-2026-1234 and CVE-2026-12345.
  * CVE-2026-1234 once more.

 -- A Person <a@example.org>  Sat, 21 Nov 2026 10:00:00 +0000

curl (8.14.1-2+deb13u1) trixie; urgency=medium

  [ Another ]
  * One.

  * Two.

 -- Another <b@example.org>  Fri, 20 Nov 2026 10:00:00 +0000

curl (8.14.1-2) unstable; urgency=medium

  * First.

 -- A Person <a@example.org>  Thu, 19 Nov 2026 10:00:00 +0000
`;

test('entries with their text, date and CVEs', () => {
  const entries = parseChangelog(TEXT);
  expect(entries.map(({ version }) => version)).toEqual(['8.14.1-2+deb13u2', '8.14.1-2+deb13u1', '8.14.1-2']);
  expect(entries[0]).toMatchObject({
    date: 'Sat, 21 Nov 2026 10:00:00 +0000',
    cves: ['CVE-2026-1234', 'CVE-2026-12345'],
  });
  expect(entries[1]?.text).toBe('  [ Another ]\n  * One.\n\n  * Two.');
});

test('what came since a version; a rebuild of it counts as it', () => {
  const entries = parseChangelog(TEXT);
  const since = (version?: string) => entriesSince(entries, version).map((each) => each.version);
  expect(since('8.14.1-2')).toEqual(['8.14.1-2+deb13u2', '8.14.1-2+deb13u1']);
  expect(since('8.14.1-2+b3')).toEqual(['8.14.1-2+deb13u2', '8.14.1-2+deb13u1']);
  expect(since('8.14.1-2+deb13u2')).toEqual([]);
  expect(since('7.0-1')).toEqual(['8.14.1-2+deb13u2']);
  expect(since(undefined)).toEqual(['8.14.1-2+deb13u2']);
});

test('what is no changelog has no entries', () => {
  for (const text of ['', 'curl (1.0) x; urgency=low\n\n  * cut off', '\u0000\u0001', ' -- A <a@b>  today'])
    expect(parseChangelog(text)).toEqual([]);
});
