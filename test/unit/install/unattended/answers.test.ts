/** The answers file: what it may say, and every problem with its place. */
import { expect, test } from 'vitest';
import { answersJsonSchema } from '../../../../src/install/unattended/answers-schema.ts';
import { readAnswers } from '../../../../src/install/unattended/read-answers.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJTTX2XKPNRp7YLOKqCyJ8aFqvHRh0WQ4zWn3S0Ks8p2';
const read = (text: string, folder: string | undefined = '/media/stick') =>
  readAnswers('a.yaml', folder, text);
const lines = (text: string, folder?: string) =>
  read(text, folder).problems.map(
    ({ file, line, column, message, hint }) => `${file}:${line}:${column}: ${message} | ${hint}`,
  );

test('everything that it may say', () => {
  const text = `disk: serial:PHLN210500AB
keepVar: true
config: {file: node.yaml}
hostname: rack4-7
sshKeys: ["${KEY} ops"]
reboot: no
report: {url: "http://10.0.0.1:8080/v1/machines/x/progress", token: abc_DEF-123}
`;
  expect(read(text)).toEqual({
    problems: [],
    plan: {
      disk: 'serial:PHLN210500AB',
      keepVar: true,
      config: { kind: 'file', path: '/media/stick/node.yaml' },
      added: { hostname: 'rack4-7', sshKeys: [`${KEY} ops`] },
      report: { url: 'http://10.0.0.1:8080/v1/machines/x/progress', token: 'abc_DEF-123' },
      afterwards: 'no',
    },
  });
});

test('the least, and each place that a configuration may be in', () => {
  expect(read('disk: smallest-any').plan).toEqual({
    disk: 'smallest-any',
    keepVar: false,
    config: undefined,
    added: { sshKeys: [] },
    report: undefined,
    afterwards: 'yes',
  });
  expect(read('disk: smallest-any\nconfig:\n  text: |\n    #cloud-config\n').plan?.config).toEqual({
    kind: 'text',
    text: '#cloud-config\n',
    file: 'a.yaml: config.text',
  });
  expect(read('disk: smallest-any\nconfig: {url: "https://h/x?token=1"}').plan?.config).toEqual({
    kind: 'url',
    url: 'https://h/x?token=1',
  });
  expect(read('disk: smallest-any\nconfig: {file: /etc/x}').plan?.config).toMatchObject({ path: '/etc/x' });
});

test('every problem at once, with its place and what is allowed', () => {
  const found = lines(`disk: sda
keepvar: true
config: {file: a, url: "http://h/"}
hostname: Bad_Name
sshKeys: [no key]
reboot: maybe
`);
  expect(found).toHaveLength(6);
  expect(found[0]).toMatch(
    /^a\.yaml:1:7: disk is "sda", which names no disk \| the disk to install to: serial:TEXT/,
  );
  expect(found[1]).toMatch(/^a\.yaml:2:1: unknown key "keepvar" \| did you mean "keepVar"\?/);
  expect(found[2]).toMatch(/^a\.yaml:3:9: config .*one of text, file and url/);
  expect(found[3]).toMatch(/^a\.yaml:4:11: hostname is "Bad_Name", not a host name/);
  expect(found[4]).toMatch(/^a\.yaml:5:11: sshKeys\[0\] is "no key", which /);
  expect(found[5]).toMatch(/^a\.yaml:6:9: reboot is "maybe", which is not one of the choices \| .*poweroff/);
});

test.each([
  ['', /a\.yaml:1:1: the file is empty/],
  ['disk: [', /a\.yaml:1:/],
  ['disk: a\ndisk: b\ndisk: smallest-any', /a\.yaml:2:1: .*disk/],
  ['keepVar: true', /disk is missing/],
  ['disk: smallest-any\nkeepVar: yes', /keepVar is "yes", not true or false \| write true/],
  ['disk: smallest-any\nconfig: {}', /config .*one of text, file and url/],
  ['disk: smallest-any\nreport: {url: "http://h/"}', /report\.token is missing/],
])('%j', (text, expected) => {
  expect(lines(text).join('\n')).toMatch(expected);
  expect(read(text).plan).toBeUndefined();
});

test('a file from the network names no files', () => {
  expect(
    readAnswers('http://h/a.yaml', undefined, 'disk: smallest-any\nconfig: {file: /etc/x}').problems,
  ).toMatchObject([{ line: 2, column: 16, message: expect.stringMatching(/came over the network/) }]);
});

test('problems never repeat addresses and tokens', () => {
  const secret = 'S3cretS3cretS3cret';
  const all = lines(
    `disk: smallest-any\nconfig: {url: "ftp://u:${secret}@h/"}\nreport: {url: "x?${secret}", token: "${secret} "}`,
  );
  expect(all).toHaveLength(3);
  expect(all.join('\n')).not.toContain(secret);
  expect(all[0]).toMatch(/^a\.yaml:2:15: config\.url has the scheme ftp/);
});

test('the JSON Schema has the same keys', () => {
  expect(Object.keys(answersJsonSchema().properties ?? {})).toEqual([
    'disk',
    'keepVar',
    'config',
    'hostname',
    'sshKeys',
    'reboot',
    'report',
  ]);
  expect(answersJsonSchema()).toMatchObject({ required: ['disk'], additionalProperties: false });
});
