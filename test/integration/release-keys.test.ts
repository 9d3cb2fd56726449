/** Keys of the update repository: who may sign, with what, and how keys change. */
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { addRelease } from '../../src/release/add.ts';
import type { ReleaseContext } from '../../src/release/context.ts';
import { renew } from '../../src/release/expire.ts';
import { initRepository } from '../../src/release/init.ts';
import { makeKeyFile } from '../../src/release/key-file.ts';
import { Repository } from '../../src/release/repository.ts';
import { defaultLifetimes, roleNames } from '../../src/release/roles.ts';
import { rotate } from '../../src/release/rotate.ts';
import { digestFile } from '../../src/store/digest.ts';
import { unpackDebian } from '../support/debian-packages.ts';
import {
  makeBuild,
  makeReleasePlace,
  type ReleasePlace,
  repositoryProblems,
} from '../support/release-build.ts';
import { testToolbox } from '../support/toolbox.ts';

let place: ReleasePlace;
let context: ReleaseContext;
let keys: string;
beforeEach(async () => {
  place = await makeReleasePlace();
  context = place.context;
  keys = context.keys[0] ?? '';
});
afterEach(() => place.remove());

const init = (rootKeys = 1, threshold = 1) =>
  initRepository(context, { rootKeys, threshold, lifetimes: defaultLifetimes });

const rootNow = async () => (await new Repository(context.repository).state()).root.signed;

/** Path → SHA-256 of every file. */
async function snapshot(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.sort().map(async (file) => [file, await digestFile(file)] as const)),
  );
}

test('private keys are for their owner alone, and appear nowhere else', async () => {
  await init();
  await addRelease(context, { folder: (await makeBuild(place.folder, { version: '1' })).folder });
  const files = await readdir(keys);
  expect(files.sort()).toEqual(['root-1.pem', 'snapshot-1.pem', 'targets-1.pem', 'timestamp-1.pem']);
  const secrets = await Promise.all(files.map((file) => readFile(join(keys, file), 'utf8')));
  expect(secrets[0]).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  for (const path of (await snapshot(context.repository)).keys()) {
    const text = await readFile(path, 'latin1');
    for (const secret of secrets) expect(text.includes(secret.split('\n')[1] ?? '-'), path).toBe(false);
  }
  expect(place.messages.join('\n')).not.toContain('PRIVATE');
});

test('a key that others can read is refused, and nothing is published', async () => {
  await init();
  const before = await snapshot(context.repository);
  await chmod(join(keys, 'targets-1.pem'), 0o640);
  await expect(renew(context, { roles: [] })).rejects.toMatchObject({
    code: 'key-readable',
    seen: 'mode 0640',
    where: join(keys, 'targets-1.pem'),
  });
  expect(await snapshot(context.repository)).toEqual(before);
});

test('keys in the published folder are refused, also behind a link, and none is made there', async () => {
  const inside = { ...context, keys: [join(context.repository, 'keys')] };
  const options = { rootKeys: 1, threshold: 1, lifetimes: defaultLifetimes };
  await expect(initRepository(inside, options)).rejects.toMatchObject({ code: 'keys-published' });
  expect([...(await snapshot(context.repository)).keys()]).toEqual([]);
  await init();
  await rename(keys, join(context.repository, 'keys'));
  await symlink(join(context.repository, 'keys'), keys);
  await expect(renew(context, { roles: [] })).rejects.toMatchObject({ code: 'keys-published' });
});

test('a missing key is told before anything is written', async () => {
  await init();
  const build = await makeBuild(place.folder, { version: '1' });
  await rm(join(keys, 'snapshot-1.pem'));
  await expect(addRelease(context, { folder: build.folder })).rejects.toMatchObject({
    code: 'key-missing',
    message: 'there are not enough keys to sign for the role snapshot',
  });
  expect((await readdir(join(context.repository, 'metadata'))).sort()).toEqual([
    '1.root.json',
    '1.snapshot.json',
    '1.targets.json',
    'timestamp.json',
  ]);
});

test.each(roleNames)('the role %s gets a new key, the old one counts no more', async (role) => {
  await init();
  const [old = ''] = (await rootNow()).roles[role]?.keyIDs ?? [];
  const rotated = await rotate(context, { role });
  expect(rotated).toMatchObject({ role, rootVersion: 2, threshold: 1 });
  expect(rotated.retired).toEqual([{ keyId: old, file: join(keys, `${role}-1.pem`) }]);
  expect((await rootNow()).roles[role]?.keyIDs).toEqual([rotated.added.keyId]);
  await rm(join(keys, `${role}-1.pem`));
  await renew(context, { roles: roleNames });
  expect((await rootNow()).version).toBe(3);
  expect(await repositoryProblems(context)).toEqual([]);
});

test('with a threshold of 2 of 3 a root needs two of its keys', async () => {
  await init(3, 2);
  const away = join(place.folder, 'away');
  await mkdir(away, { mode: 0o700 });
  for (const name of ['root-1.pem', 'root-2.pem']) await rename(join(keys, name), join(away, name));
  // Day-to-day work needs none of them.
  await addRelease(context, { folder: (await makeBuild(place.folder, { version: '1' })).folder });
  const before = await snapshot(place.folder);
  await expect(rotate(context, { role: 'targets' })).rejects.toMatchObject({
    code: 'key-missing',
    needed: '2 of them',
  });
  expect(await snapshot(place.folder)).toEqual(before);

  // One key was lost: the other two name its successor.
  const lost = (await rootNow()).roles.root?.keyIDs[0] ?? '';
  await rm(join(away, 'root-1.pem'));
  const both = { ...context, keys: [keys, away] };
  await expect(rotate(both, { role: 'root' })).rejects.toMatchObject({ code: 'key-unclear' });
  const rotated = await rotate(both, { role: 'root', retire: lost.slice(0, 8) });
  expect(rotated.retired).toEqual([{ keyId: lost, file: undefined }]);
  expect(rotated).toMatchObject({ threshold: 2, rootVersion: 2 });
  expect(rotated.keyIds).toHaveLength(3);
  await expect(rotate(both, { role: 'root', add: true, threshold: 5 })).rejects.toMatchObject({
    code: 'threshold-invalid',
  });
  expect(await rotate(both, { role: 'root', add: true, threshold: 3 })).toMatchObject({
    rootVersion: 3,
    threshold: 3,
  });
  expect(await repositoryProblems(context)).toEqual([]);
});

test('a lost online key is replaced without it', async () => {
  await init();
  await rm(join(keys, 'timestamp-1.pem'));
  await expect(renew(context, { roles: [] })).rejects.toMatchObject({ code: 'key-missing' });
  await rotate(context, { role: 'timestamp' });
  expect(place.messages.join('\n')).toMatch(/old key of timestamp is not at hand/);
  await renew(context, { roles: [] });
  expect(await repositoryProblems(context)).toEqual([]);
});

/** Debian's openssl, unpacked once. */
let openssl: string;
beforeAll(async () => {
  openssl = await mkdtemp(join(tmpdir(), 'basalt-openssl-'));
  await unpackDebian(await testToolbox(), ['openssl'], openssl);
});
afterAll(() => rm(openssl, { recursive: true, force: true }));

const SIGN = 'openssl pkeyutl -sign -rawin -inkey /key.pem -in';

/** openssl as the program that has the key: Basalt gets the public half alone. */
async function opensslSigner(
  file: string,
  script = `cat > /tmp/message; ${SIGN} /tmp/message`,
): Promise<void> {
  const toolbox = await testToolbox();
  const pem = join(place.folder, 'elsewhere.pem');
  await rm(pem, { force: true });
  await makeKeyFile(pem);
  const sandbox = {
    binds: [
      { source: pem, target: '/key.pem' },
      { source: openssl, target: '/debian' },
    ],
    env: { PATH: '/debian/usr/bin:/usr/bin', LD_LIBRARY_PATH: '/debian/usr/lib/x86_64-linux-gnu' },
  };
  const { stdout } = await toolbox.run(['openssl', 'pkey', '-in', '/key.pem', '-pubout'], sandbox);
  const command = toolbox.commandLine(['sh', '-euc', script], sandbox);
  await mkdir(keys, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ publicKey: stdout, command }));
}

test.each(['targets', 'snapshot'] as const)(
  'who dies while a lost key of %s is replaced leaves what the next command goes on with',
  async (role) => {
    await init();
    await rm(join(keys, `${role}-1.pem`));
    const steps: string[] = [];
    const onStep = (path: string) => void steps.push(path);
    const start = join(place.folder, 'start');
    await cp(context.repository, start, { recursive: true });
    const key = (await rotate({ ...context, onStep }, { role })).added.file;
    expect(steps.at(-1)).toMatch(/metadata\/timestamp\.json$/);
    for (const last of steps.keys()) {
      await rm(context.repository, { recursive: true });
      await cp(start, context.repository, { recursive: true });
      let step = 0;
      const dying = () => {
        if (step++ === last) throw new Error('dies here');
      };
      await expect(rotate({ ...context, onStep: dying }, { role, key })).rejects.toThrow('dies here');
      // Before the new root: all is as it was, and the same command does it. After: it is done with the next command.
      const isDone = (await readdir(join(context.repository, 'metadata'))).includes('2.root.json');
      if (!isDone) await rotate(context, { role, key });
      await renew(context, { roles: [] });
      expect(await repositoryProblems(context), `step ${last}`).toEqual([]);
      expect((await rootNow()).version).toBe(2);
      expect(await readdir(join(context.repository, 'metadata'))).not.toContain('next.timestamp.json');
    }
  },
);

test('a timestamp that waits is not put in place when the newest root does not make it good', async () => {
  await init();
  const metadata = join(context.repository, 'metadata');
  await renew(context, { roles: ['targets'] });
  const current = await readFile(join(metadata, 'timestamp.json'), 'utf8');
  // What somebody has who took the key of targets, after it was replaced.
  await cp(join(metadata, 'timestamp.json'), join(metadata, 'next.timestamp.json'));
  const forged = JSON.parse(current);
  forged.signed.version = 99;
  await writeFile(join(metadata, 'next.timestamp.json'), JSON.stringify(forged));
  await renew(context, { roles: [] });
  expect(JSON.parse(await readFile(join(metadata, 'timestamp.json'), 'utf8')).signed.version).toBe(3);
  expect(await repositoryProblems(context)).toEqual([]);
});

test('a program signs with a key that is elsewhere: from the start, and for a role that gets one', async () => {
  await opensslSigner(join(keys, 'targets-1.signer.json'));
  const { keys: made } = await init();
  expect(made.find(({ role }) => role === 'targets')).toMatchObject({ state: 'kept' });
  expect(made.filter(({ state }) => state === 'made')).toHaveLength(3);
  await addRelease(context, { folder: (await makeBuild(place.folder, { version: '1' })).folder });
  expect(await repositoryProblems(context)).toEqual([]);

  const other = join(keys, 'token.signer.json');
  await opensslSigner(other, `cat > /tmp/message; ${SIGN} /tmp/message | base64`);
  await rotate(context, { role: 'root', key: other });
  await renew(context, { roles: ['root'] });
  expect(await repositoryProblems(context)).toEqual([]);
});

test('a PKCS #11 token signs, with the script of the documentation', async () => {
  const toolbox = await testToolbox();
  const programs = join(place.folder, 'softhsm');
  await unpackDebian(toolbox, ['softhsm2', 'opensc'], programs);
  const token = join(place.folder, 'token');
  await mkdir(join(token, 'tokens'), { recursive: true });
  await writeFile(join(token, 'softhsm2.conf'), 'directories.tokendir = /token/tokens\n');
  const guide = await readFile(join(import.meta.dirname, '../../docs/updates/repository.md'), 'utf8');
  const script = /```sh\n(#!\/bin\/sh\n# sign-with-token[\s\S]*?)```/.exec(guide)?.[1] ?? '';
  const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
  expect(script).toContain(MODULE);
  await writeFile(join(token, 'sign-with-token'), script.replace(MODULE, `/debian${MODULE}`), {
    mode: 0o755,
  });
  const sandbox = {
    binds: [
      { source: programs, target: '/debian' },
      { source: token, target: '/token', writable: true },
    ],
    env: {
      PATH: '/debian/usr/bin:/usr/bin',
      LD_LIBRARY_PATH: '/debian/usr/lib/x86_64-linux-gnu',
      SOFTHSM2_CONF: '/token/softhsm2.conf',
      TOKEN_PIN: '1234',
    },
  };
  const make = `
    module=/debian${MODULE}
    softhsm2-util --module $module --init-token --free --label test --pin 1234 --so-pin 1234
    pkcs11-tool --module $module --login --pin env:TOKEN_PIN --keypairgen --key-type EC:edwards25519 --label updates-targets
    pkcs11-tool --module $module --read-object --type pubkey --label updates-targets --output-file /token/public.pem`;
  await toolbox.run(['sh', '-euc', make], sandbox);
  await mkdir(keys, { mode: 0o700 });
  const command = toolbox.commandLine(['/token/sign-with-token', 'updates-targets'], sandbox);
  const publicKey = await readFile(join(token, 'public.pem'), 'utf8');
  await writeFile(join(keys, 'targets-1.signer.json'), JSON.stringify({ publicKey, command }));
  await init();
  await addRelease(context, { folder: (await makeBuild(place.folder, { version: '1' })).folder });
  expect(await repositoryProblems(context)).toEqual([]);
});

test.each([
  ['fails', 'echo the token is locked >&2; exit 3', 'signer-failed', /token is locked/],
  ['says nothing', 'cat > /dev/null', 'signature-wrong', /no ed25519 signature/],
  [
    'signs something else',
    `cat > /dev/null; echo x > /tmp/m; ${SIGN} /tmp/m`,
    'signature-wrong',
    /other bytes/,
  ],
])('a signing program that %s publishes nothing', async (_what, script, code, seen) => {
  await opensslSigner(join(keys, 'timestamp-1.signer.json'));
  await init();
  const before = await snapshot(context.repository);
  const file = join(keys, 'timestamp-1.signer.json');
  const good = JSON.parse(await readFile(file, 'utf8')) as { command: string[] };
  good.command.splice(-1, 1, script);
  await writeFile(file, JSON.stringify(good));
  await expect(renew(context, { roles: roleNames })).rejects.toMatchObject({
    code,
    seen: expect.stringMatching(seen),
  });
  expect(await snapshot(context.repository)).toEqual(before);
  await chmod(file, 0o666);
  await expect(renew(context, { roles: [] })).rejects.toMatchObject({ code: 'signer-writable' });
});

test('a repository that was changed behind its keys is not built upon', async () => {
  await init();
  const copy = join(place.folder, 'copy');
  await cp(context.repository, copy, { recursive: true });
  const file = new Repository(copy).metadataPath('timestamp.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"version":1', '"version":7'));
  const changed = { ...context, repository: copy };
  await expect(renew(changed, { roles: [] })).rejects.toMatchObject({
    code: 'repository-damaged',
    where: file,
  });
});
