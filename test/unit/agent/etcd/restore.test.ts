import { expect, test } from 'vitest';
import { join } from '../../../../src/agent/etcd/join.ts';
import { restore } from '../../../../src/agent/etcd/restore.ts';
import { readEtcdSettings } from '../../../../src/agent/etcd/settings.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

const DATA = '/var/lib/etcd/default';
const SUM = 'a'.repeat(64);

/** mv(1) of a folder with one file: the memory of {@link FakeHost} knows whole names only. */
const mv: FakeProgram = (command, _, host) => {
  const [from = '', to = ''] = command.slice(-2);
  const content = host.readBytes(`${from}/member/wal/0.wal`) ?? '';
  for (const path of ['/member/wal/0.wal', '/member/wal', '/member', '']) host.remove(`${from}${path}`);
  host.writeFile(`${to}/member/wal/0.wal`, content);
  return {};
};

function machine(programs: Record<string, FakeProgram> = {}, files: Record<string, string> = {}) {
  const etcdutl: FakeProgram = (command, _, host) => {
    if (command[2] === 'status') return { stdout: '{"revision":7,"totalKey":3,"totalSize":4096}' };
    host.writeFile(`${DATA}.restoring/member/wal/0.wal`, 'restored');
    return {};
  };
  const systemctl: FakeProgram = (command) => ({ stdout: command[1] === 'show' ? 'keeper\n' : 'inactive\n' });
  const host = new FakeHost({
    programs: {
      etcdutl,
      systemctl,
      mv,
      sh: () => ({ stdout: `${SUM}\n${SUM}` }),
      rm: () => ({}),
      chown: () => ({}),
      chmod: () => ({}),
      sync: () => ({}),
      ...programs,
    },
    environment: { ETCD_DATA_DIR: DATA, ETCD_NAME: 'a' },
    files,
  });
  return { host, settings: readEtcdSettings(host) };
}

const chownOf = (host: FakeHost) => host.commands.find(({ command }) => command[0] === 'chown')?.command;

test('the restored data belongs to who owned the data before, whoever owns the folder around it', () => {
  const { host, settings } = machine({}, { [`${DATA}/member/wal/0.wal`]: 'old' });
  expect(restore(host, settings, { snapshot: '/s.db' }).ok).toBe(true);
  expect(chownOf(host)).toEqual(['chown', '--recursive', `--reference=${DATA}`, `${DATA}.restoring`]);
  expect(host.readText(`${DATA}/member/wal/0.wal`)).toBe('restored');
  expect(host.readText(`${DATA}.before-20260101T000000Z/member/wal/0.wal`)).toBe('old');
});

test.each([
  ["the unit's user", {}, 'keeper:'],
  ['etcd', { systemctl: () => ({ stdout: '\n' }) }, 'etcd:'],
])('without data, the restored data belongs to %s', (_, programs, owner) => {
  const { host, settings } = machine(programs);
  expect(restore(host, settings, { snapshot: '/s.db' }).ok).toBe(true);
  expect(chownOf(host)).toEqual(['chown', '--recursive', owner, `${DATA}.restoring`]);
});

test('cut short between the two moves: etcd does not start empty, and restoring again ends it', () => {
  let moves = 0;
  const cut: FakeProgram = (command, options, host) =>
    ++moves === 2 ? { exitCode: 1, stderr: 'mv: cut' } : mv(command, options, host);
  const { host, settings } = machine({ mv: cut }, { [`${DATA}/member/wal/0.wal`]: 'old' });
  expect(restore(host, settings, { snapshot: '/s.db' }).ok).toBe(false);
  expect(join(host, settings)).toMatchObject({
    ok: false,
    text: expect.stringContaining('a restore did not end'),
  });
  expect(restore(host, settings, { snapshot: '/s.db' }).ok).toBe(true);
  expect(join(host, settings).ok).toBe(true);
  expect(host.readText(`${DATA}/member/wal/0.wal`)).toBe('restored');
});
