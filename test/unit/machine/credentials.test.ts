import { expect, it } from 'vitest';
import { checkOemStrings, credential, extraUnit, unitDropIn } from '../../../src/machine/credentials.ts';

it('encodes any bytes as base64', () => {
  expect(credential('some.name', 'a,b\n')).toEqual({
    value: 'io.systemd.credential.binary:some.name=YSxiCg==',
  });
  expect(credential('bin', new Uint8Array([0, 255]))).toEqual({
    value: 'io.systemd.credential.binary:bin=AP8=',
  });
});

it('names units and drop-ins as systemd-debug-generator reads them', () => {
  expect(extraUnit('x@1.service', '')).toEqual({
    value: 'io.systemd.credential.binary:systemd.extra-unit.x@1.service=',
  });
  expect(unitDropIn('multi-user.target', '', 'mine')).toEqual({
    value: 'io.systemd.credential.binary:systemd.unit-dropin.multi-user.target~mine=',
  });
});

it('refuses a name that would end early', () => {
  expect(() => credential('a=b', '')).toThrow('cannot be passed');
});

it('refuses more than firmware passes on', () => {
  checkOemStrings([credential('a', 'x'.repeat(20_000)), credential('b', 'x'.repeat(20_000))]);
  expect(() => checkOemStrings([credential('a', 'x'.repeat(50_000))])).toThrow('too large');
});
