import { describe, expect, test } from 'vitest';
import type { Partition } from '../../../src/disk/partition.ts';
import type { BasaltLayout, LayoutSlot, LayoutUki } from '../../../src/install/disks/layout.ts';
import { planKeptVar, whyNotKept } from '../../../src/install/slot-plan.ts';
import { MIB } from '../../../src/units.ts';

const place = (number: number, sizeBytes = 64 * MIB): Partition => ({
  number,
  typeGuid: '',
  uuid: '',
  label: '',
  firstByte: number * MIB,
  sizeBytes,
  attributes: [],
});

const slot = (number: number, version?: string): LayoutSlot => ({
  verity: place(number),
  root: place(number + 1),
  version,
});

const uki = (version: string, triesLeft?: number): LayoutUki => ({
  id: `basalt_${version}`,
  version,
  triesLeft,
  triesDone: undefined,
  file: `basalt_${version}.efi`,
  sizeBytes: 20 * MIB,
});

const layout = (slots: readonly LayoutSlot[], ukis: readonly LayoutUki[]): BasaltLayout => ({
  esp: place(1, 512 * MIB),
  slots,
  var: place(6),
  ukis,
  begun: undefined,
});

function planned(slots: readonly LayoutSlot[], ukis: readonly LayoutUki[], version: string) {
  const plan = planKeptVar(layout(slots, ukis), version);
  return {
    target: plan && slots.indexOf(plan.target),
    kept: plan?.kept?.version,
    first: plan?.removedFirst.map((each) => each.version),
    last: plan?.removedLast.map((each) => each.version),
    freed: plan?.freed?.version,
  };
}

describe('the slot that is written', () => {
  test('is the free one', () => {
    expect(planned([slot(2, '1.0'), slot(4)], [uki('1.0')], '1.1')).toEqual({
      target: 1,
      kept: '1.0',
      first: [],
      last: [],
      freed: undefined,
    });
  });

  test('is the one of the older version', () => {
    const both = [uki('1.0'), uki('1.1')];
    expect(planned([slot(2, '1.0'), slot(4, '1.1')], both, '1.2')).toMatchObject({
      target: 0,
      kept: '1.1',
      first: ['1.0'],
    });
  });

  test.each([
    ['still on trial', 2],
    ['given up', 0],
  ])('is the one of a newer version that is %s', (_, left) => {
    const both = [uki('1.0'), uki('1.1', left)];
    expect(planned([slot(2, '1.0'), slot(4, '1.1')], both, '1.2')).toMatchObject({
      target: 1,
      kept: '1.0',
      first: ['1.1'],
    });
  });

  test('is one whose version has no UKI', () => {
    expect(planned([slot(2, '1.0'), slot(4, '1.1')], [uki('1.0')], '1.1')).toMatchObject({
      target: 1,
      kept: '1.0',
    });
  });

  test('is the first when nothing starts', () => {
    expect(planned([slot(2), slot(4)], [uki('0.9')], '1.0')).toEqual({
      target: 0,
      kept: undefined,
      first: ['0.9'],
      last: [],
      freed: undefined,
    });
  });
});

describe('what the boot loader would start instead goes at the end', () => {
  test.each(['1.1', '1.0'])('1.1 when %s is installed', (version) => {
    expect(planned([slot(2, '1.1'), slot(4)], [uki('1.1')], version)).toMatchObject({
      target: 1,
      kept: '1.1',
      last: ['1.1'],
      freed: '1.1',
    });
  });
});

describe('/var is not kept', () => {
  const source = {
    version: '1.1',
    root: { path: '', sizeBytes: 64 * MIB },
    verity: { path: '', sizeBytes: MIB },
    uki: { path: '', sizeBytes: 30 * MIB, sha256: '' },
  };
  const good = layout([slot(2, '1.0'), slot(4)], [uki('1.0')]);
  test('unless all is well', () => expect(whyNotKept(good, 'ext4', source)).toBeUndefined());
  test.each<[string, BasaltLayout | undefined, string | undefined, Partial<typeof source>]>([
    ['it has no Basalt', undefined, 'ext4', {}],
    ['it has no /var: the system on it never started', { ...good, var: undefined }, 'ext4', {}],
    ['its /var holds crypto_LUKS, not ext4', good, 'crypto_LUKS', {}],
    ['its /var holds no file system, not ext4', good, undefined, {}],
    ['it has only one slot for the system', { ...good, slots: [slot(2, '1.0')] }, 'ext4', {}],
    [
      'version 1.1 does not fit: its root has 65 MiB, and the slot 64 MiB',
      good,
      'ext4',
      { root: { path: '', sizeBytes: 65 * MIB } },
    ],
    [
      'its ESP of 50 MiB has no room for a UKI of 30 MiB beside the one that is there',
      { ...good, esp: place(1, 50 * MIB) },
      'ext4',
      {},
    ],
  ])('%s', (reason, found, fileSystem, other) => {
    expect(whyNotKept(found, fileSystem, { ...source, ...other })).toBe(reason);
  });
});
