import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAddressProblem, isIpv4, isIpv6, parseHttpAddress } from '../../../../src/agent/http/address.ts';

test.each([
  ['http://example.com', 'http://example.com'],
  ['https://example.com/', 'https://example.com/'],
  ['HTTPS://Example.com:8443/a/b.yaml', 'https://Example.com:8443/a/b.yaml'],
  ['https://user:secret@example.com/x', 'https://example.com/x'],
  ['https://example.com/x?token=secret&y', 'https://example.com/x?…'],
  ['https://example.com?token=secret', 'https://example.com?…'],
  ['http://10.0.2.2:8000/user-data', 'http://10.0.2.2:8000/user-data'],
  ['http://[fd00:ec2::254]/latest', 'http://[fd00:ec2::254]/latest'],
  ['http://[::ffff:10.0.0.1]:80/', 'http://[::ffff:10.0.0.1]:80/'],
  ['http://host_name.internal./a%20b', 'http://host_name.internal./a%20b'],
])('%s is accepted and shown as %s', (text, shown) => {
  const address = parseHttpAddress(text);
  expect(address).toMatchObject({ text, shown });
});

test.each([
  ['', 'not an address'],
  ['example.com/x', 'not an address'],
  ['//example.com/x', 'not an address'],
  ['http:/example.com', 'not an address'],
  ['http://', 'no host'],
  ['http:///x', 'no host'],
  ['ftp://example.com/x', 'the scheme is ftp'],
  ['file:///etc/passwd', 'the scheme is file'],
  ['http://example.com/a b', 'a character'],
  ['http://example.com/\u00e4', 'a character'],
  ['http://example.com/%zz', 'a character'],
  ['http://example.com/{a,b}', 'a character'],
  ['http://example.com/"\noutput="/etc/x', 'a character'],
  ['http://example.com\\@evil/', 'a character'],
  ['http://example.com/x#part', '#fragment'],
  ['http://example.com:/x', 'the port'],
  ['http://example.com:0/', 'the port'],
  ['http://example.com:65536/', 'the port'],
  ['http://example..com/', 'not a host name'],
  ['http://-a.com/', 'not a host name'],
  ['http://10.0.0.256/', 'not an IPv4 address'],
  ['http://127.1/', 'not an IPv4 address'],
  ['http://2130706433/', 'not an IPv4 address'],
  ['http://0x7f000001/', 'not an IPv4 address'],
  ['http://010.0.0.1/', 'not an IPv4 address'],
  ['http://[fe80::1%25eth0]/', 'not an IPv6 address'],
  ['http://[1:2:3]/', 'not an IPv6 address'],
  ['http://a@b@c/', 'not an address'],
])('%s is refused', (text, problem) => {
  const result = parseHttpAddress(text);
  expect(result).toEqual({ problem: expect.stringContaining(problem) });
});

test('an endless one is refused', () => {
  expect(parseHttpAddress(`http://example.com/${'x'.repeat(2000)}`)).toEqual({
    problem: expect.stringContaining('at most 2000'),
  });
});

test('a problem never repeats credentials', () => {
  for (const text of ['http://me:hunter2@exa mple/', 'http://me:hunter2@a..b/', 'http://me:hunter2@a:99999/'])
    expect(JSON.stringify(parseHttpAddress(text))).not.toContain('hunter2');
});

test('whatever is accepted is an address to the standard parser too, with the same host', () => {
  const piece = fc.constantFrom(
    'http',
    'https',
    '://',
    ':',
    '/',
    '@',
    '?',
    '#',
    '.',
    '..',
    '[',
    ']',
    '::',
    '1',
    '255',
    'a',
    'B',
    '%41',
    '%',
    '-',
    '_',
    '0x1',
    'user:pw@',
    '8080',
    ' ',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, prefixed) => {
      const text = `${prefixed ? 'https://' : ''}${pieces.join('')}`;
      const result = parseHttpAddress(text);
      if (isAddressProblem(result)) return;
      const standard = new URL(text);
      expect(standard.hostname).toBe(new URL(`http://${result.host}/`).hostname);
      const shown = new URL(result.shown);
      expect([shown.username, shown.password, shown.host]).toEqual(['', '', standard.host]);
    }),
    { numRuns: 20_000 },
  );
});

test('any text is answered, never thrown at', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parseHttpAddress(text)),
    { numRuns: 3000 },
  );
});

test('IP addresses as the standard generator writes them', () => {
  fc.assert(fc.property(fc.ipV4(), (text) => isIpv4(text)));
  fc.assert(
    fc.property(fc.ipV6(), (text) => isIpv6(text)),
    { numRuns: 2000 },
  );
  for (const wrong of [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7',
    '12345::',
    '::1.2.3',
    '1.2.3.4::',
  ])
    expect(isIpv6(wrong), wrong).toBe(false);
});
