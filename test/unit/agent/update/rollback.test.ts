import { expect, test } from 'vitest';
import { rollBack } from '../../../../src/agent/update/rollback.ts';
import { changeUpdateState, loadUpdateState } from '../../../../src/agent/update/state.ts';
import { slotMachine } from '../../../support/slot-machine.ts';

const at = '2026-01-01T00:00:00.000Z';

test('the running version is passed over from now on, and not taken again', () => {
  const { host } = slotMachine({
    version: '2',
    entries: { 'basalt_1.efi': 'one', 'basalt_2.efi': 'two' },
    otherVersion: '1',
  });
  expect(rollBack(host)).toMatchObject({ waiting: '1' });
  expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi', 'basalt_2+0-1.efi']);
  expect(loadUpdateState(host).rejected).toMatchObject([{ version: '2', reason: 'rolled back by hand' }]);
});

test('a version that was not started yet is given up instead', () => {
  const { host } = slotMachine({
    entries: { 'basalt_1.efi': 'one', 'basalt_2+3-0.efi': 'two' },
    otherVersion: '2',
  });
  changeUpdateState(host, { installed: { version: '2', at, starts: [] } });
  expect(rollBack(host)).toMatchObject({ waiting: undefined });
  expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi', 'basalt_2+0-4.efi']);
  expect(loadUpdateState(host)).toMatchObject({ installed: undefined, rejected: [{ version: '2' }] });
});

test.each([
  ['an empty slot', { 'basalt_1.efi': 'one' }, undefined, /slot B holds no version/],
  [
    'a version that was refused',
    { 'basalt_1.efi': 'one', 'basalt_2+0-3.efi': 'x' },
    '2',
    /cannot be started/,
  ],
  ['a version without an entry', { 'basalt_1.efi': 'one' }, '2', /the ESP has no entry/],
])('there is no way back to %s', (_, entries, otherVersion, words) => {
  const { host } = slotMachine({ entries, ...(otherVersion !== undefined && { otherVersion }) });
  expect(() => rollBack(host)).toThrow(words);
  expect(host.list('/boot/EFI/Linux')).toEqual(Object.keys(entries));
});

test('from a version on probation: it is not judged by what it did not come to', () => {
  const { host } = slotMachine({
    version: '2',
    entries: { 'basalt_1.efi': 'one', 'basalt_2+0-3.efi': 'two' },
    otherVersion: '1',
  });
  changeUpdateState(host, { installed: { version: '2', at, starts: ['boot-1'] } });
  expect(rollBack(host)).toMatchObject({ waiting: '1' });
  expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi', 'basalt_2+0-4.efi']);
  expect(loadUpdateState(host)).toMatchObject({
    installed: undefined,
    rejected: [{ version: '2', reason: 'rolled back by hand' }],
  });
});
