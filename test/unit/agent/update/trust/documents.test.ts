/** Documents that are none, or not of the kind that they should be. */
import { expect, test } from 'vitest';
import { signed, someSigners, type TestKey, timestampSays } from '../../../../support/tuf-repository.ts';
import { machineAt2, put, refused, TIMESTAMP } from '../../../../support/update-attack.ts';

test.each([
  ['an unknown major version', { spec_version: '2.0.0' }, 'follows version "2.0.0" of TUF'],
  ['no version of the specification', { spec_version: undefined }, 'follows version missing'],
  ['a version that is a fraction', { version: 3.5 }, 'version is 3.5, and should be a whole number'],
  ['a version of 0', { version: 0 }, 'version is 0'],
  ['a day that no month has', { expires: '2030-02-30T00:00:00Z' }, 'expires is "2030-02-30T00:00:00Z"'],
  ['another form of time', { expires: '2030-02-01' }, 'should be a time such as'],
  [
    'a digest that is unknown',
    { meta: { 'snapshot.json': { version: 3, hashes: { md5: 'x' } } } },
    'knows sha256',
  ],
  ['no snapshot', { meta: {} }, 'meta["snapshot.json"] is nothing, and should be an object'],
  ['a fraction beside', { extra: 0.5 }, 'a number that canonical JSON cannot have'],
])('%s is refused, whoever signed it', (_, fields, reason) => {
  const machine = machineAt2();
  const says = { ...timestampSays(3, Buffer.from(''), 3), ...fields };
  const text = JSON.stringify(says);
  const [key] = machine.repository.signers.timestamp.keys as [TestKey];
  const sig = key.sign(Buffer.from(text));
  machine.repository.files.set(
    TIMESTAMP,
    text.includes('0.5') || text.includes('3.5')
      ? Buffer.from(`{"signatures":[{"keyid":"${key.id}","sig":"${sig}"}],"signed":${text}}`)
      : signed(JSON.parse(text), [key]),
  );
  expect(refused(machine).message).toContain(reason);
});

test('a document of another role in its place, whoever signed it', () => {
  const signers = someSigners();
  const machine = machineAt2({ ...signers, snapshot: signers.timestamp });
  put(machine, 3);
  const { files } = machine.repository;
  files.set(TIMESTAMP, files.get('/metadata/3.snapshot.json') as Buffer);
  expect(refused(machine).message).toContain(
    'timestamp.json: its type is "snapshot", and should be timestamp',
  );
});

test.each([
  ['a web page', '<html>', 'it is not JSON'],
  ['nothing', '', 'it is not JSON'],
  ['a list', '[]', 'the file is [], and should be an object'],
  ['null', 'null', 'the file is null'],
  ['depth', '['.repeat(16_000), 'it is nested more than 32 levels deep'],
  ['depth in a text', JSON.stringify({ signed: '['.repeat(1000) }), 'signed is "[[['],
  ['bytes that are no text', Buffer.from([0x7b, 0xff]), 'it is not text: byte 1 is not UTF-8'],
  ['no signatures', '{"signed":{"_type":"timestamp","spec_version":"1.0.31"}}', 'expires is nothing'],
])('garbage: %s', (_, content, reason) => {
  const machine = machineAt2();
  machine.repository.files.set(TIMESTAMP, Buffer.from(content));
  const failure = refused(machine);
  expect(failure.message).toContain(`timestamp.json: ${reason}`);
  expect(failure.about.next).toContain('Is this the address of an update repository');
});
