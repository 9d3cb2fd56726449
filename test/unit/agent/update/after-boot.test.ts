import { expect, test } from 'vitest';
import { noteBoot, noteGood } from '../../../../src/agent/update/after-boot.ts';
import { bootEntries } from '../../../../src/agent/update/slots/boot-entries.ts';
import { findSlots } from '../../../../src/agent/update/slots/slots.ts';
import { changeUpdateState, type Installed, loadUpdateState } from '../../../../src/agent/update/state.ts';
import { slotMachine } from '../../../support/slot-machine.ts';

const at = '2026-01-01T00:00:00.000Z';
const installed = (version: string, starts: string[] = []): Installed => ({
  version,
  at,
  starts,
});
const HEALTH = '/var/lib/basalt/update/health.json';

test('a machine that never updated is not looked at', () => {
  const { host } = slotMachine({ entries: { 'basalt_1.efi': 'one' } });
  noteBoot(host);
  expect(host.commands).toEqual([]);
});

test('what a newer agent wrote: what was rejected stays so, and updates go on', () => {
  const { host } = slotMachine({ entries: { 'basalt_1.efi': 'one' } });
  const rejected = [{ version: '2', reason: 'it hung', at }, { version: 3 }, null];
  host.writeFile('/var/lib/basalt/update/state.json', JSON.stringify({ format: 2, rejected, work: 'other' }));
  expect(loadUpdateState(host)).toMatchObject({ work: undefined, rejected: rejected.slice(0, 1) });
  expect(host.logged).toEqual([expect.stringContaining('has format 2, of a newer version')]);
});

test('a new version notes that it was started', () => {
  const { host } = slotMachine({
    version: '2',
    entries: { 'basalt_1.efi': 'one', 'basalt_2+2-1.efi': 'two' },
  });
  changeUpdateState(host, { installed: installed('2', ['boot-0']) });
  noteBoot(host);
  expect(loadUpdateState(host).installed?.starts).toEqual(['boot-0', 'boot-1']);
  expect(noteGood(host)).toBe(false);
  expect(loadUpdateState(host).good).toBeUndefined();
});

test('a version without a counter is good, and is not judged any more', () => {
  const { host } = slotMachine({ version: '2', entries: { 'basalt_1.efi': 'one', 'basalt_2.efi': 'two' } });
  changeUpdateState(host, { installed: installed('2', ['boot-1']) });
  expect(noteGood(host)).toBe(true);
  expect(loadUpdateState(host)).toMatchObject({
    installed: undefined,
    good: { version: '2' },
    last: { ok: true, text: 'version 2 runs, and is good' },
  });
});

test.each([
  [
    'with what its health check said',
    ['boot-0'],
    {
      version: '2',
      bootId: 'boot-0',
      at,
      good: false,
      problems: ['etcd is not healthy', 'x.service failed'],
    },
    'it was started 3 times and was not healthy: etcd is not healthy; x.service failed',
  ],
  [
    'that hung: what the health record says of another version does not count',
    ['boot-0'],
    { version: '1', bootId: 'boot-0', at, good: false, problems: ['old'] },
    'it was started 3 times and did not come as far as its health check: it hung, or its kernel panicked',
  ],
  [
    'that never came so far as to write anything',
    [],
    undefined,
    'it was started 3 times and never came as far as its services: its root did not verify, it hung, or its kernel panicked',
  ],
])('a version that was given up is rejected, %s', (_, starts, health, reason) => {
  const { host } = slotMachine({
    entries: { 'basalt_1.efi': 'one', 'basalt_2+0-3.efi': 'two' },
    otherVersion: '2',
    files: health === undefined ? {} : { [HEALTH]: JSON.stringify(health) },
  });
  changeUpdateState(host, { installed: installed('2', starts) });
  noteBoot(host);
  const state = loadUpdateState(host);
  expect(state.rejected).toEqual([{ version: '2', reason, at }]);
  expect(state.installed).toBeUndefined();
  expect(state.last).toMatchObject({ ok: false, next: 'version 1 runs again; version 2 is not taken again' });
});

test.each(['basalt_2+3-0.efi', 'basalt_2+2-1.efi', 'basalt_2.efi'])(
  'an empty %s, which is what a torn rename leaves, is removed, and the update is tried again',
  (file) => {
    const { host } = slotMachine({ entries: { 'basalt_1.efi': 'one', [file]: '' }, otherVersion: '2' });
    changeUpdateState(host, {
      installed: installed('2', ['boot-0']),
      last: { what: 'update', at, ok: true, text: 'version 2 was started', next: undefined },
    });
    noteBoot(host);
    expect(bootEntries(host).map((entry) => entry.file)).toEqual(['basalt_1.efi']);
    expect(loadUpdateState(host)).toMatchObject({
      work: undefined,
      installed: undefined,
      rejected: [],
      last: { ok: false, text: 'the update to version 2 was interrupted before it was complete' },
    });
  },
);

test('an entry that was started and given up after its last step was cut off is rejected', () => {
  const { host } = slotMachine({
    entries: { 'basalt_1.efi': 'one', 'basalt_2+0-3.efi': 'two' },
    otherVersion: '2',
  });
  changeUpdateState(host, { work: { version: '2', step: 'write', at }, installed: installed('2') });
  noteBoot(host);
  expect(loadUpdateState(host)).toMatchObject({ work: undefined, rejected: [{ version: '2' }] });
});

test('a version that waits for its start, or that a person has passed over, is not judged', () => {
  for (const entry of ['basalt_2+3-0.efi', 'basalt_2+2-1.efi', 'basalt_2.efi']) {
    const { host } = slotMachine({ entries: { 'basalt_1.efi': 'one', [entry]: 'two' }, otherVersion: '2' });
    changeUpdateState(host, { installed: installed('2') });
    noteBoot(host);
    expect(loadUpdateState(host)).toMatchObject({ rejected: [], installed: { version: '2' } });
  }
});

test('an update that the power ended is cleaned up, and told', () => {
  const { host } = slotMachine({ entries: { 'basalt_1.efi': 'one', 'basalt_2.new': 'half' } });
  changeUpdateState(host, { work: { version: '2', step: 'write', at }, installed: installed('2') });
  noteBoot(host);
  expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi']);
  expect(loadUpdateState(host)).toMatchObject({
    work: undefined,
    installed: undefined,
    rejected: [],
    last: { ok: false, text: 'the update to version 2 was interrupted before it was complete' },
  });
});

test('a partition table of which one copy is torn is made whole', () => {
  const { host, disk } = slotMachine({ entries: { 'basalt_1.efi': 'one' } });
  disk.fill(0xff, 512, 3 * 512);
  changeUpdateState(host, { work: { version: '2', step: 'write', at } });
  expect(findSlots(host).table.primary).toBeUndefined();
  noteBoot(host);
  expect(findSlots(host).table.primary).toBeDefined();
  expect(bootEntries(host).map(({ version }) => version)).toEqual(['1']);
  expect(host.logged.join('\n')).toContain('the power went while the partition table was written');
});

test('a version that runs although the note of it never reached the disk is judged as one that was written', () => {
  const { host } = slotMachine({
    version: '2',
    entries: { 'basalt_1.efi': 'one', 'basalt_2+2-1.efi': 'two' },
    otherVersion: '1',
  });
  changeUpdateState(host, { work: { version: '2', step: 'write', at } });
  noteBoot(host);
  expect(loadUpdateState(host)).toMatchObject({
    work: undefined,
    installed: { version: '2', starts: ['boot-1'] },
    last: { ok: true },
  });
});

test('a version that became good just before the power went is good', () => {
  const { host } = slotMachine({ version: '2', entries: { 'basalt_1.efi': 'one', 'basalt_2.efi': 'two' } });
  changeUpdateState(host, { installed: installed('2', ['boot-0']) });
  noteBoot(host);
  expect(loadUpdateState(host)).toMatchObject({ installed: undefined, good: { version: '2' } });
});

test('what the health check said in an earlier attempt is not the reason of this one', () => {
  const { host } = slotMachine({
    entries: { 'basalt_1.efi': 'one', 'basalt_2+0-3.efi': 'two' },
    otherVersion: '2',
    files: {
      [HEALTH]: JSON.stringify({
        version: '2',
        bootId: 'boot-of-old',
        at: '2025-01-01T00:00:00.000Z',
        good: false,
        problems: ['old'],
      }),
    },
  });
  changeUpdateState(host, { installed: installed('2', ['boot-0']) });
  noteBoot(host);
  expect(loadUpdateState(host).rejected[0]?.reason).toContain('did not come as far as its health check');
});
