import { expect, test } from 'vitest';
import { HostError } from '../../../../src/agent/host.ts';
import { UpdateFailure } from '../../../../src/agent/update/failure.ts';
import { updateSettings } from '../../../../src/agent/update/settings.ts';
import { bootEntries } from '../../../../src/agent/update/slots/boot-entries.ts';
import { findSlots } from '../../../../src/agent/update/slots/slots.ts';
import { changeUpdateState, loadUpdateState } from '../../../../src/agent/update/state.ts';
import { check, take } from '../../../../src/agent/update/take.ts';
import { slotUuids } from '../../../../src/disk/root-hash.ts';
import { GIB } from '../../../../src/units.ts';
import type { FakeHost } from '../../../support/fake-host.ts';
import { type SlotMachineOptions, slotMachine } from '../../../support/slot-machine.ts';
import { bash, contentOf, NEW_HASH, placeRunning, storyRepository } from '../../../support/update-story.ts';

const settings = updateSettings(new Map([['SERVER', 'http://updates.example/basalt']]));
const text = (host: FakeHost, path: string) => host.readText(path);

function machine(options: Partial<SlotMachineOptions> = {}) {
  const made = slotMachine({
    entries: { 'basalt_1.efi': contentOf('uki', '1') },
    ...options,
    programs: { bash, ...options.programs },
  });
  placeRunning(made.host, '1');
  return made;
}

/** What ran before is untouched and is what starts. */
function expectAsBefore(host: FakeHost): void {
  expect(text(host, '/dev/vda2')).toBe(contentOf('verity', '1'));
  expect(text(host, '/dev/vda3')).toBe(contentOf('root', '1'));
  expect(text(host, '/boot/EFI/Linux/basalt_1.efi')).toBe(contentOf('uki', '1'));
  expect(findSlots(host).active.version).toBe('1');
}

test('a newer version is in the other slot, named, with a boot entry that has its tries', () => {
  const { host } = machine({
    otherVersion: '0',
    entries: { 'basalt_0.efi': 'zero', 'basalt_1.efi': contentOf('uki', '1') },
  });
  expect(take(host, settings, storyRepository())).toMatchObject({
    text: 'version 2 is written to slot B',
    waiting: '2',
  });
  expectAsBefore(host);
  expect(text(host, '/dev/vda4')).toBe(contentOf('verity', '2'));
  expect(text(host, '/dev/vda5')).toBe(contentOf('root', '2'));
  const { passive } = findSlots(host);
  expect(passive).toMatchObject({
    version: '2',
    root: { uuid: slotUuids(NEW_HASH).root },
    verity: { uuid: slotUuids(NEW_HASH).verity },
  });
  expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi', 'basalt_2+3-0.efi']);
  expect(text(host, '/boot/EFI/Linux/basalt_2+3-0.efi')).toBe(contentOf('uki', '2'));
  expect(host.list('/var/lib/basalt/update/download')).toEqual([]);
  expect(loadUpdateState(host)).toMatchObject({ installed: { version: '2' }, work: undefined });
  // Again: it waits.
  expect(take(host, settings, storyRepository())).toMatchObject({
    text: 'version 2 is written',
    waiting: '2',
  });
});

test('a change of what runs is taken where there is one, and the whole where what runs is another', () => {
  const { host } = machine();
  take(host, settings, storyRepository({ from: '1' }));
  expect(text(host, '/dev/vda5')).toBe(contentOf('root', '2'));
  expect(host.commands.some(({ command }) => command.join(' ').includes('--patch-from'))).toBe(true);

  const other = machine().host;
  other.writeFile('/dev/vda3', 'the root of version X');
  take(other, settings, storyRepository({ from: '1' }));
  expect(other.logged.join('\n')).toContain(
    'root: what runs is not what the change from version 1 begins with: it is fetched whole',
  );
  expect(text(other, '/dev/vda5')).toBe(contentOf('root', '2'));
});

test('without the memory for a change the whole is fetched', () => {
  const { host } = machine({ files: { '/proc/meminfo': 'MemAvailable: 1000 kB\n' } });
  take(host, settings, storyRepository({ from: '1' }));
  expect(host.logged.join('\n')).toMatch(
    /root: changing it would take 64(\.0)? MiB of memory, and .* are free: it is fetched whole/,
  );
  expect(text(host, '/dev/vda5')).toBe(contentOf('root', '2'));
});

test('nothing is written while the running version is on probation', () => {
  const { host } = machine({ entries: { 'basalt_1+2-1.efi': contentOf('uki', '1') } });
  expect(() => take(host, settings, storyRepository())).toThrow(
    'version 2 is there, and nothing is written while version 1 is not marked good: it is on probation: basalt_1+2-1.efi was started 1 times, and may be 2 times more',
  );
  expect(findSlots(host).passive.version).toBeUndefined();
  expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1+2-1.efi']);
});

test.each([
  [
    'slot',
    { claimedBytes: { root: GIB } },
    {},
    /version 2 does not fit: its root has 1 GiB, and \/dev\/vda5 has 150 KiB/,
  ],
  ['ESP', { claimedBytes: { uki: GIB } }, {}, /the ESP is full: the UKI of version 2 needs/],
  [
    '/var',
    {},
    {
      stat: (command: readonly string[]) => ({
        stdout: command.includes('-f')
          ? command.at(-1)?.startsWith('/boot')
            ? '100000 4096'
            : '10 4096'
          : '1',
      }),
    },
    /\/var is too full: the download needs/,
  ],
] as const)(
  'what does not fit is refused before anything is written: the %s',
  (_, story, programs, words) => {
    const { host } = machine({ programs });
    expect(() => take(host, settings, storyRepository(story))).toThrow(words);
    expectAsBefore(host);
    expect(findSlots(host).passive.version).toBeUndefined();
    expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi']);
  },
);

test('what was rejected here is not taken, and why is told', () => {
  const { host } = machine();
  const at = '2026-01-01T00:00:00.000Z';
  changeUpdateState(host, { rejected: [{ version: '2', reason: 'it hung', at }] });
  expect(take(host, settings, storyRepository()).text).toBe(
    'the channel stable has version 2, which was rejected on this machine (it hung); version 1 runs',
  );
  expect(take(host, settings, storyRepository({ versions: ['2', '3'] })).waiting).toBe('3');
});

test('a version that was withdrawn before it was started is given up', () => {
  const { host } = machine({ programs: { systemctl: () => ({}) } });
  take(host, settings, storyRepository());
  expect(take(host, settings, storyRepository({ versions: [] })).text).toBe(
    'version 1 runs, and the channel stable has nothing newer',
  );
  expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi']);
  expect(loadUpdateState(host)).toMatchObject({ installed: undefined, rejected: [] });
  expect(host.logged.join('\n')).toContain(
    'version 2, which waited for a restart, is not in the channel any more',
  );
});

test('a check writes nothing', () => {
  const { host } = machine();
  const open = storyRepository();
  const before = host.list('/var/lib/basalt/update');
  expect(check(host, settings, open)).toEqual({
    text: 'version 2 is there; 1 runs',
    next: 'basalt-agent update apply',
  });
  expect(host.list('/var/lib/basalt/update')).toEqual(before);
  expect(findSlots(host).passive.version).toBeUndefined();
});

test('without a server, with a channel that is not there: words, and what to do', () => {
  const { host } = machine();
  expect(() => take(host, updateSettings(new Map()), storyRepository())).toThrow('no update server is set');
  const beta = updateSettings(
    new Map([
      ['SERVER', 'http://updates.example'],
      ['CHANNEL', 'beta'],
    ]),
  );
  expect(() => take(host, beta, storyRepository())).toThrow(
    'http://updates.example has no channel beta for the image qemu',
  );
});

test('a disk that does not keep what is written: no boot entry leads there', () => {
  const { host } = machine({
    programs: {
      bash: (command, options, machineHost) => {
        const result = bash(command, options, machineHost);
        if (command.at(-1)?.includes("dd 'of=/dev/vda5'")) machineHost.writeFile('/dev/vda5', 'rotten');
        return result;
      },
    },
  });
  expect(() => take(host, settings, storyRepository())).toThrow(
    '/dev/vda5 does not hold what was written to it: the disk loses data',
  );
  expectAsBefore(host);
  expect(bootEntries(host).map(({ version }) => version)).toEqual(['1']);
});

test('whatever ends it, at whatever step: what ran starts, no entry leads to half a version, the next try completes', () => {
  const failing = ['dd', 'bash', 'sync', 'stat', 'rm', 'udevadm'] as const;
  const count = (() => {
    const { host } = machine();
    take(host, settings, storyRepository({ from: '1' }));
    return host.commands.length;
  })();
  expect(count).toBeGreaterThan(40);
  let ended = 0;
  for (let at = 0; at < count; at++) {
    let left = at;
    let broken = true;
    const { host } = machine();
    const run = host.run.bind(host);
    host.run = (command, options) => {
      if (broken && left-- === 0 && (failing as readonly string[]).includes(command[0])) {
        return { exitCode: 1, stdout: '', stderr: 'ended by the test' };
      }
      return run(command, options);
    };
    try {
      take(host, settings, storyRepository({ from: '1' }));
    } catch (error) {
      if (!(error instanceof UpdateFailure || error instanceof HostError)) throw error;
      ended++;
    }
    broken = false;
    expectAsBefore(host);
    for (const { file, version } of bootEntries(host)) {
      if (version === '1') continue;
      expect(text(host, `/boot/EFI/Linux/${file}`)).toBe(contentOf('uki', '2'));
      expect(text(host, '/dev/vda5')).toBe(contentOf('root', '2'));
      expect(text(host, '/dev/vda4')).toBe(contentOf('verity', '2'));
      expect(findSlots(host).passive.version).toBe('2');
    }
    expect(take(host, settings, storyRepository({ from: '1' })).waiting).toBe('2');
    expect(host.list('/boot/EFI/Linux')).toEqual(['basalt_1.efi', 'basalt_2+3-0.efi']);
  }
  expect(ended).toBeGreaterThan(20);
});
