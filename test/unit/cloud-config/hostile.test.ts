import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUserData } from '../../../src/cloud-config/read.ts';
import type { UserData } from '../../../src/cloud-config/user-data.ts';
import { fuzzInput } from '../../support/fuzz-input.ts';
import { checkAnswer } from '../../support/user-data-answer.ts';

const folder = resolve(import.meta.dirname, '../../fixtures/cloud-config');
const corpus = await Promise.all(
  (await readdir(folder)).sort().map((name) => readFile(join(folder, name), 'utf8')),
);
const MIB = 1024 * 1024;

function read(text: string): UserData {
  const data = readUserData(text, { file: 'x' });
  checkAnswer(text, data);
  return data;
}

describe('any text is accepted or refused', () => {
  it('random characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.boolean(), (text, header) => {
        read(header ? `#cloud-config\n${text}` : text);
      }),
      { numRuns: 500 },
    );
  });

  it('any value in place of any key', () => {
    const keys = [
      'coreos',
      'users',
      'write_files',
      'hostname',
      'ssh_authorized_keys',
      'manage_etc_hosts',
      'basalt',
      'units',
      'etcd2',
      'name',
      'path',
    ];
    const value = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, 644, 1.5, '', 'a', 'a.service', '/etc/a', '$private_ipv4'),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 5 }),
      ),
    })).tree;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value), (document) => {
        read(`#cloud-config\n${JSON.stringify(document)}\n`);
      }),
      { numRuns: 1000 },
    );
  });

  it('documents of the corpus with a few characters changed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, index) => {
        read(fuzzInput(corpus, seed, index));
      }),
      { numRuns: 3000 },
    );
  });

  it('the same text gives the same answer, and with addresses the same verdict as without', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, index) => {
        const text = fuzzInput(corpus, seed, index);
        const first = read(text);
        expect(readUserData(text, { file: 'x' })).toEqual(first);
        const addresses = {
          private_ipv4: '192.0.2.1',
          public_ipv4: '198.51.100.1',
          private_ipv6: '2001:db8::1',
          public_ipv6: '2001:db8:1::1',
        };
        expect(readUserData(text, { file: 'x', addresses }).kind).toBe(first.kind);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a text of a megabyte is answered quickly', () => {
  const fill = (piece: string, before = '', after = '') =>
    `#cloud-config\n${before}${piece.repeat(Math.floor((MIB - 200 - before.length - after.length) / piece.length))}${after}`;
  const many = (unit: string) => fill(unit, 'coreos:\n  units:\n');

  it.each([
    ['keys', fill('a: 1\n')],
    ['one key', fill('a: 1\n'.repeat(2))],
    ['a flow list', fill('1,', 'a: [', '1]')],
    ['brackets', fill('[', 'a: ')],
    ['braces', fill('{a: ')],
    ['dashes', fill('- ')],
    ['question marks', fill('? ')],
    ['colons', fill(': ')],
    ['empty lines', fill('\n')],
    ['comments', fill('#\n')],
    ['one comment', fill('#')],
    ['an open quote', fill('\n', "a: '")],
    ['one long quote', fill('\\n', 'a: "', '"')],
    ['a plain text of many lines', fill('\n  y', 'a: x')],
    ['a block of many lines', fill('  x\n', 'hostname: |\n')],
    ['exclamation marks', fill('!')],
    ['anchors', fill('&a ')],
    ['aliases', fill('*a, ', 'a: &a x\nb: [', '*a]')],
    ['tabs', fill('\t')],
    ['documents', fill('---\n')],
    ['percent signs', fill('%A B\n')],
    ['backslashes', fill('\\$private_ipv4', 'hostname: "', '"')],
    ['variables', fill('$private_ipv4', 'hostname: ')],
    ['a long key', fill('k', '', ': 1')],
    ['long keys', fill(`${'k'.repeat(90)}: 1\n`)],
    ['units', many('    - {name: a.service}\n')],
    ['units without anything', many('    - {}\n')],
    [
      'the lines of a unit',
      fill('        x\n', 'coreos:\n  units:\n    - name: a.service\n      content: |\n'),
    ],
    [
      'a line of a unit that goes on',
      fill('        x\\\n', 'coreos:\n  units:\n    - name: a.service\n      content: |\n'),
    ],
    ['brackets in a unit', fill('[', 'coreos:\n  units:\n    - name: a.service\n      content: "', '"')],
    [
      'unknown assignments of a unit',
      fill(
        '        Abc=1\n',
        'coreos:\n  units:\n    - name: a.service\n      content: |\n        [Service]\n',
      ),
    ],
    ['paths', fill('/a', 'write_files: [{content: "", path: /etc', '}]')],
    ['dots', fill('a.', 'hostname: ')],
    ['keys of ssh', fill('  - ssh-rsa AAAA\n', 'ssh_authorized_keys:\n')],
    ['one key of ssh', fill('"', "ssh_authorized_keys: ['", "']")],
    ['a cluster', fill('n=http://a:1,', 'coreos: {etcd2: {initial-cluster: "', '"}}')],
    ['slashes in an address', fill('a', 'coreos: {etcd2: {listen-peer-urls: "http://', '/"}}')],
    ['base64', fill('AAAA', 'write_files: [{path: /etc/a, encoding: b64, content: "', '"}]')],
    ['equals signs', fill('=', 'write_files: [{path: /etc/a, encoding: b64, content: "', '"}]')],
    [
      'a large file, many times',
      fill(
        ', {path: /etc/a, content: *c}',
        `a: &c "${'x'.repeat(500_000)}"\nwrite_files: [{path: /etc/b, content: *c}`,
        ']',
      ),
    ],
    [
      'a large unit, many times',
      `#cloud-config\na: &c "${'[Unit]\\n'.repeat(20_000)}"\ncoreos:\n  units:\n${'    - {name: a.service, content: *c}\n'.repeat(1000)}`,
    ],
    ['a window of hours', fill('1h', 'coreos: {locksmith: {window-length: ', '}}')],
    ['white space', fill(' ')],
    ['JSON without a header', '{"a":'.repeat(200_000)],
    ['no header', 'x'.repeat(MIB)],
    ['a script', `#!/bin/sh\n${'\\$private_ipv4'.repeat(70_000)}`],
  ])('%s', (_, text) => {
    const startedAt = performance.now();
    const data = read(text);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(data.kind).toBeDefined();
  });

  it('a larger one is not looked at', () => {
    expect(read(`#cloud-config\n${'#'.repeat(MIB)}`)).toMatchObject({
      kind: 'invalid',
      problems: [{ message: expect.stringContaining('the text has 1048590 characters') }],
    });
  });
});
