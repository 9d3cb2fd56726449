import { expect, test } from 'vitest';
import { decide } from '../../../src/agent/apply/decide.ts';
import { noMetadata } from '../../../src/agent/sources/metadata.ts';
import { type Found, SourceError } from '../../../src/agent/sources/source.ts';
import type { Good } from '../../../src/agent/state/state.ts';

const found = (more: Partial<Found> = {}): Found => ({
  source: 'ec2',
  where: 'http://169.254.169.254',
  userData: '#cloud-config\n',
  metadata: noMetadata,
  ...more,
});
const good: Good = { ...found(), at: '2026-01-01T00:00:00Z' };
const failed = [new SourceError('nocloud', '/dev/sr0', 'it is damaged')];

test('nothing now and nothing ever', () => {
  expect(decide({ found: undefined, failed: [] }, undefined)).toEqual({ kind: 'none' });
});

test('user data is read, whatever else failed', () => {
  expect(decide({ found: found(), failed }, good)).toMatchObject({ kind: 'new' });
});

test('a source that cannot be read keeps what is in force', () => {
  expect(decide({ found: undefined, failed }, good)).toMatchObject({
    kind: 'keep',
    problems: [{ file: '/dev/sr0', line: 0, message: 'the source nocloud cannot be read: it is damaged' }],
  });
});

test('a source that is gone takes nothing away', () => {
  expect(decide({ found: undefined, failed: [] }, good)).toEqual({
    kind: 'keep',
    metadata: noMetadata,
    problems: [],
  });
});

test('a source that is there and has no user data any more takes it away', () => {
  const empty = found({ userData: undefined });
  expect(decide({ found: empty, failed: [] }, good)).toEqual({ kind: 'new', candidate: empty });
});

test('another platform’s metadata does not take user data away, and is used with it', () => {
  const metadata = { ...noMetadata, hostname: 'named-by-ec2' };
  const there = found({ userData: undefined, metadata });
  expect(decide({ found: there, failed: [] }, { ...good, source: 'fw-cfg' })).toEqual({
    kind: 'keep',
    metadata,
    problems: [],
  });
});

test('metadata alone is a configuration', () => {
  const there = found({ userData: undefined });
  expect(decide({ found: there, failed: [] }, undefined)).toMatchObject({ kind: 'new' });
});
