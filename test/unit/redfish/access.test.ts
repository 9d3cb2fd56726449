/** Who gets the password: addresses, certificates, where the password comes from. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/redfish/address.ts';
import { readCredentials } from '../../../src/redfish/credentials.ts';
import { discover } from '../../../src/redfish/discover.ts';
import { parsePins } from '../../../src/redfish/pins.ts';
import { Redactor, Secret } from '../../../src/redfish/secret.ts';
import { formatFingerprint, parseFingerprint, type Trust } from '../../../src/redfish/trust.ts';
import { atMock } from '../../support/redfish/at-mock.ts';
import { type BmcCertificate, selfSigned, signed } from '../../support/redfish/bmc-certificate.ts';
import { failureOf } from '../../support/redfish/failure-of.ts';
import { startMockBmc } from '../../support/redfish/mock-bmc.ts';

describe('addresses', () => {
  test.each([
    ['10.0.0.9', '10.0.0.9', 443, '10.0.0.9'],
    ['bmc.example:8443', 'bmc.example', 8443, 'bmc.example:8443'],
    ['https://bmc.example/', 'bmc.example', 443, 'bmc.example'],
    ['fd00::9', 'fd00::9', 443, '[fd00::9]'],
    ['[fd00::9]:444', 'fd00::9', 444, '[fd00::9]:444'],
  ])('%s', (text, host, port, shown) => {
    expect(parseAddress(text)).toEqual({ host, port, shown });
  });

  test.each([
    'http://10.0.0.9',
    '',
    '10.0.0.9/redfish/v1',
    'a b',
    'root:hunter22@10.0.0.9',
    'https://root:hunter22@10.0.0.9',
  ])('not %j', async (text) => {
    const failure = await failureOf((async () => parseAddress(text))());
    expect(failure).toMatchObject({ code: 'bmc-address-invalid', exitCode: 2 });
    expect(inspect(failure)).not.toContain('hunter22');
  });
});

describe('certificates', () => {
  /** Asks a BMC with this certificate; tells how often it was asked, too. */
  async function meet(certificate: BmcCertificate, trust: Trust) {
    const mock = await startMockBmc({ certificate });
    try {
      return { found: await atMock(mock, discover, [], { trust }) };
    } catch (error) {
      return { failure: await failureOf(Promise.reject(error)), asked: mock.requests.length };
    } finally {
      await mock.close();
    }
  }

  const own = selfSigned();
  const known = signed(['127.0.0.1']);

  test('one that is pinned, whatever its name and date', async () => {
    expect((await meet(own, { fingerprint: own.fingerprint })).found).toBeDefined();
    const expired = selfSigned({ expired: true });
    expect((await meet(expired, { fingerprint: expired.fingerprint })).found).toBeDefined();
  });

  test('one of an authority that is given', async () => {
    expect((await meet(known, { ca: known.ca })).found).toBeDefined();
    expect((await meet(known, { ca: known.ca, fingerprint: known.fingerprint })).found).toBeDefined();
  });

  test('an unknown one: nothing is sent, and the fingerprint is shown with the option to pin it', async () => {
    const { failure, asked } = await meet(own, {});
    expect(asked).toBe(0);
    expect(failure).toMatchObject({ code: 'bmc-certificate-unknown' });
    expect(failure?.seen).toContain(formatFingerprint(own.fingerprint));
    expect(failure?.seen).toContain('it signed itself');
    expect(failure?.next.join()).toContain(`--fingerprint ${own.fingerprint}`);
  });

  test.each<[string, BmcCertificate, Trust, string]>([
    ['another one than the pinned', own, { fingerprint: known.fingerprint }, 'bmc-certificate-changed'],
    ['one for another name', signed(['bmc.example']), {}, 'bmc-certificate-unknown'],
    ['one of another authority', signed(['127.0.0.1']), { ca: known.ca }, 'bmc-certificate-unknown'],
    [
      'a pinned one of another authority',
      own,
      { ca: known.ca, fingerprint: own.fingerprint },
      'bmc-certificate-changed',
    ],
  ])('%s', async (_name, certificate, trust, code) => {
    const { failure, asked } = await meet(certificate, trust);
    expect(failure?.code).toBe(code);
    expect(asked).toBe(0);
  });

  test('a good authority, another name', async () => {
    const other = signed(['bmc.example']);
    const { failure } = await meet(other, { ca: other.ca });
    expect(failure?.seen).toContain('it is for another name');
  });

  test('fingerprints as people have them', () => {
    const shown = formatFingerprint(own.fingerprint);
    for (const text of [
      shown,
      shown.toLowerCase(),
      own.fingerprint,
      `sha256 Fingerprint=${shown}`,
      `SHA256:${own.fingerprint}`,
    ])
      expect(parseFingerprint(text)).toBe(own.fingerprint);
    for (const text of ['', 'AB:CD', own.fingerprint.slice(0, 40), `${own.fingerprint}0`, 'z'.repeat(64)])
      expect(parseFingerprint(text)).toBeUndefined();
  });

  test('a file of pins', async () => {
    const text = `# rack 7\n10.0.0.9 ${formatFingerprint(own.fingerprint)}\n\nbmc.example:8443  ${known.fingerprint}\n`;
    expect([...parsePins('pins', text)]).toEqual([
      ['10.0.0.9', own.fingerprint],
      ['bmc.example:8443', known.fingerprint],
    ]);
    const wrong = `10.0.0.9 12\nhttp://a ${own.fingerprint}\nb ${own.fingerprint}\nb ${known.fingerprint}\n`;
    const failure = await failureOf((async () => parsePins('pins', wrong))());
    expect(failure.problems.map(({ line }) => line)).toEqual([1, 2, 4]);
  });
});

describe('passwords', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'basalt-redfish-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('from the environment', async () => {
    const { password } = await readCredentials('root', undefined, { BASALT_BMC_PASSWORD: 'hunter22' });
    expect(password.reveal()).toBe('hunter22');
    for (const text of [inspect(password), `${password}`, JSON.stringify({ password })])
      expect(text).not.toContain('hunter22');
  });

  test('from the first line of a file that only its owner reads', async () => {
    const path = join(folder, 'password');
    await writeFile(path, 'from the file\r\nmore\n', { mode: 0o600 });
    const { password } = await readCredentials('root', path, { BASALT_BMC_PASSWORD: 'hunter22' });
    expect(password.reveal()).toBe('from the file');
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      await chmod(path, mode);
      const failure = await failureOf(readCredentials('root', path, {}));
      expect(failure).toMatchObject({ code: 'bmc-password-open', seen: `mode ${mode.toString(8)}` });
    }
  });

  test('none, an empty one, no file', async () => {
    const empty = join(folder, 'empty');
    await writeFile(empty, '\n', { mode: 0o600 });
    for (const work of [
      readCredentials('root', undefined, {}),
      readCredentials('root', undefined, { BASALT_BMC_PASSWORD: '' }),
      readCredentials('root', empty, {}),
    ])
      expect(await failureOf(work)).toMatchObject({ code: 'bmc-password-missing', exitCode: 2 });
    expect((await failureOf(readCredentials('root', join(folder, 'none'), {}))).code).toBe(
      'bmc-password-unreadable',
    );
  });

  test('are taken out of what others say', () => {
    const redactor = new Redactor();
    redactor.add(new Secret('p"ss word'));
    redactor.add(new Secret('p"ss word and more'));
    redactor.add(new Secret('ab'));
    expect(redactor.clean('is p"ss word and more, {"a":"p\\"ss word"}, p%22ss%20word, ab')).toBe(
      'is ***, {"a":"***"}, ***, ab',
    );
  });
});
