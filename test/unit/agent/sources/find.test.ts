import { expect, test } from 'vitest';
import { findConfiguration, sources } from '../../../../src/agent/sources/find.ts';
import {
  type Found,
  type Metadata,
  type Source,
  SourceError,
  type SourceName,
  sourceNames,
} from '../../../../src/agent/sources/source.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const nothing: Metadata = { sshAuthorizedKeys: [], addresses: {} };

const source = (
  name: SourceName,
  gives: { userData?: string; metadata?: Metadata; fails?: string; absent?: boolean } | undefined,
  asked: SourceName[] = [],
): Source => ({
  name,
  isHere: () => gives?.absent !== true,
  read(): Found | undefined {
    asked.push(name);
    if (gives?.fails !== undefined) throw new SourceError(name, `place of ${name}`, gives.fails);
    if (gives === undefined) return undefined;
    return {
      source: name,
      where: `place of ${name}`,
      userData: gives.userData,
      metadata: gives.metadata ?? nothing,
    };
  },
});

const find = (list: Source[], limitMs?: number) =>
  findConfiguration(new FakeHost(), { sources: list, ...(limitMs === undefined ? {} : { limitMs }) });

test('sources are asked in the documented order', () => {
  expect(sources.map(({ name }) => name)).toEqual(
    sourceNames.filter((name) => sources.some((each) => each.name === name)),
  );
});

test('the first with user data decides, and later ones that are no platform are not asked', () => {
  const asked: SourceName[] = [];
  const { found, failed } = find([
    source('kernel-command-line', undefined, asked),
    source('fw-cfg', { userData: 'a' }, asked),
    source('esp', { userData: 'b' }, asked),
    source('image', { userData: 'c' }, asked),
  ]);
  expect(found).toMatchObject({ source: 'fw-cfg', userData: 'a' });
  expect(failed).toEqual([]);
  expect(asked).toEqual(['kernel-command-line', 'fw-cfg']);
});

test('what the platform says is merged, wherever the user data came from', () => {
  const metadata: Metadata = {
    hostname: 'h',
    sshAuthorizedKeys: ['k'],
    addresses: { private_ipv4: '10.0.0.1' },
  };
  const before = find([
    source('kernel-command-line', { userData: 'a' }),
    source('ec2', { userData: 'b', metadata }),
  ]);
  expect(before.found).toEqual({
    source: 'kernel-command-line',
    where: 'place of kernel-command-line',
    userData: 'a',
    metadata,
  });
  const after = find([source('ec2', { metadata }), source('image', { userData: 'c' })]);
  expect(after.found).toMatchObject({ source: 'image', userData: 'c', metadata });
});

test('a platform that says nothing leaves the word to the next', () => {
  const metadata: Metadata = { ...nothing, hostname: 'drive' };
  const { found } = find([source('vmware', { userData: 'a' }), source('config-drive', { metadata })]);
  expect(found).toMatchObject({ source: 'vmware', userData: 'a', metadata });
});

test('a source that cannot be read is not passed over for a later one', () => {
  const asked: SourceName[] = [];
  const { found, failed } = find([
    source('kernel-command-line', { fails: 'no connection' }, asked),
    source('esp', { userData: 'b' }, asked),
    source('image', { userData: 'c' }, asked),
  ]);
  expect(found).toBeUndefined();
  expect(failed.map(({ message }) => message)).toEqual([
    'kernel-command-line: cannot read place of kernel-command-line: no connection',
  ]);
  expect(asked).toEqual(['kernel-command-line']);
});

test('keys of the platform are there even when the user data cannot be read', () => {
  const metadata: Metadata = { ...nothing, sshAuthorizedKeys: ['k'] };
  const { found, failed } = find([
    source('kernel-command-line', { fails: '404' }),
    source('ec2', { userData: 'not this', metadata }),
  ]);
  expect(found).toMatchObject({ source: 'ec2', userData: undefined, metadata });
  expect(failed).toHaveLength(1);
});

test('a platform that fails does not undo user data that was found', () => {
  const { found, failed } = find([source('fw-cfg', { userData: 'a' }), source('ec2', { fails: 'silent' })]);
  expect(found).toMatchObject({ source: 'fw-cfg', userData: 'a', metadata: nothing });
  expect(failed).toHaveLength(1);
});

test('a defect in one source is told as its failure', () => {
  const broken: Source = {
    name: 'vmware',
    isHere: () => {
      throw new TypeError('x is undefined');
    },
    read: () => undefined,
  };
  const { found, failed } = find([broken, source('ec2', { metadata: { ...nothing, hostname: 'h' } })]);
  expect(found).toMatchObject({ userData: undefined, metadata: { hostname: 'h' } });
  expect(failed[0]?.message).toContain('this is a defect of the agent: TypeError: x is undefined');
});

test('a machine with no source has nothing, and asks nobody', () => {
  const asked: SourceName[] = [];
  expect(find(sourceNames.map((name) => source(name, { absent: true }, asked)))).toEqual({
    found: undefined,
    failed: [],
  });
  expect(asked).toEqual([]);
});

test('all sources together have a limit', () => {
  const deadlines: number[] = [];
  const slow = (name: SourceName): Source => ({
    name,
    isHere: () => true,
    read(host, deadlineMs) {
      deadlines.push(deadlineMs - host.monotonicMs());
      host.sleep(deadlineMs - host.monotonicMs());
      throw new SourceError(name, 'there', 'slow');
    },
  });
  find([slow('kernel-command-line'), slow('ec2')], 150_000);
  expect(deadlines).toEqual([120_000, 30_000]);
});
