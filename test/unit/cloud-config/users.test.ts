import { describe, expect, it } from 'vitest';
import { configOf, KEY, problemsOf, warningsOf } from './reading.ts';

const HASH = `$6$saltsalt$${'a'.repeat(86)}`;

describe('users', () => {
  it('reads every key that the documentation of coreos-cloudinit has', () => {
    const body = `users:
  - name: elroy
    gecos: Elroy, Ops
    passwd: ${HASH}
    homedir: /home/e
    no-create-home: true
    primary-group: ops
    groups: [sudo, docker]
    no-user-group: true
    ssh-authorized-keys:
      - ${KEY}
    coreos-ssh-import-github: octocat
    coreos-ssh-import-github-users: [hubot]
    coreos-ssh-import-url: https://example.com/keys?x=1
    system: true
    no-log-init: true
    shell: /bin/sh
  - name: plain
    lock-passwd: true
`;
    const [elroy, plain] = configOf(body).users;
    expect(elroy).toEqual({
      name: 'elroy',
      gecos: 'Elroy, Ops',
      passwordHash: HASH,
      home: '/home/e',
      createHome: false,
      primaryGroup: 'ops',
      groups: ['sudo', 'docker'],
      createUserGroup: false,
      sshAuthorizedKeys: [KEY],
      sshKeyUrls: [
        'https://github.com/octocat.keys',
        'https://github.com/hubot.keys',
        'https://example.com/keys?x=1',
      ],
      system: true,
      logInit: false,
      shell: '/bin/sh',
    });
    expect(plain).toMatchObject({
      passwordHash: undefined,
      createHome: true,
      createUserGroup: true,
      logInit: true,
      system: false,
    });
    expect(
      configOf(
        body.replace(
          /^( +(?:- )?)([a-z]+-[a-z-]+):/gm,
          (_, space, key) => `${space}${key.replaceAll('-', '_')}:`,
        ),
      ),
    ).toEqual(configOf(body));
  });

  it('gives a system user no home folder, unless asked', () => {
    const home = (more: string) => configOf(`users: [{name: a, system: true${more}}]\n`).users[0]?.createHome;
    expect(home('')).toBe(false);
    expect(home(', no-create-home: false')).toBe(true);
  });

  it.each([
    ['{gecos: a}', 'users[0] has no "name"'],
    ['default', 'users[0] is "default", not a map'],
    ['{name: -a}', 'not the name of a user'],
    ['{name: a.b}', 'not the name of a user'],
    ['{name: 1}', 'not the name of a user'],
    [`{name: ${'a'.repeat(32)}}`, 'not the name of a user'],
    ['{name: a, gecos: "a:b"}', 'which has a ":"'],
    ['{name: a, homedir: /usr/a}', 'read-only image'],
    ['{name: a, homedir: a}', 'not an absolute path'],
    ['{name: a, shell: bash}', 'not an absolute path'],
    ['{name: a, groups: "sudo, docker"}', 'users[0].groups is "sudo, docker", not a list'],
    ['{name: a, groups: [a b]}', 'not the name of a user or group'],
    ['{name: a, system: maybe}', 'not true or false'],
    ['{name: a, coreos-ssh-import-github: a/b}', 'not the name of a GitHub account'],
    ['{name: a, coreos-ssh-import-url: http://a/b}', 'use https'],
    ['{name: a, coreos-ssh-import-url: example.com}', 'not the address'],
    ['{name: a, inactive: true}', 'nologin'],
    ['{name: a, sudo: "ALL=(ALL) ALL"}', 'groups: [sudo]'],
    ['{name: a, selinux-user: x}', 'no SELinux'],
    ['{name: a, selinux_user: x}', 'no SELinux'],
    ['{name: a, ssh-import-id: "gh:a"}', 'coreos-ssh-import-github'],
    ['{name: a, plain_text_passwd: x}', 'never taken'],
    ['{name: a, uid: 1000}', 'remove the key'],
    ['{name: a, expiredate: x}', 'do not expire'],
    ['{name: a, hashed_passwd: x}', 'write passwd'],
  ])('refuses %s', (entry, problem) => {
    const problems = problemsOf(`users:\n  - ${entry}\n`);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).toMatch(/^3:\d+ /);
  });

  it('refuses a user who is there twice, and a password that is locked', () => {
    expect(problemsOf('users: [{name: a}, {name: a}]\n')).toEqual([
      expect.stringMatching(/^2:27 the user a is there twice/),
    ]);
    expect(problemsOf(`users:\n  - name: a\n    passwd: ${HASH}\n    lock-passwd: true\n`)).toEqual([
      expect.stringMatching(/^4:5 passwd gives a password, and lock-passwd locks it/),
    ]);
  });

  it.each([
    HASH,
    `$6$rounds=4096$salt$${'a'.repeat(86)}`,
    `$5$salt$${'a'.repeat(43)}`,
    `$y$j9T$abcdefgh$${'a'.repeat(43)}`,
    `$2b$12$${'a'.repeat(53)}`,
  ])('takes the hash %s', (hash) => {
    expect(configOf(`users: [{name: a, passwd: "${hash}"}]\n`).users[0]?.passwordHash).toBe(hash);
  });

  it.each([
    ['hunter2', 'never taken'],
    ['""', 'anyone could log in'],
    ['"!"', 'locked'],
    ['"*"', 'locked'],
    [`$6$salt$${'a'.repeat(85)}`, 'cut or damaged'],
    ['abJnggxhB/yWI', 'never taken'],
    [`$6$salt$${'a'.repeat(86)}:x`, 'cut or damaged'],
  ])('refuses the password %s, and does not show it', (password, problem) => {
    const problems = problemsOf(`users: [{name: a, passwd: ${password}}]\n`);
    expect(problems).toEqual([expect.stringMatching(/^2:27 users\[0\]\.passwd is not shown here, and /)]);
    expect(problems[0]).toContain(problem);
    if (password.length > 3) expect(problems[0]).not.toContain(password);
  });

  it('warns of MD5', () => {
    expect(warningsOf(`users: [{name: a, passwd: "$1$salt$${'a'.repeat(22)}"}]\n`)).toEqual([
      expect.stringContaining('MD5'),
    ]);
  });
});

/** A key of a type, whose inner name may be another. */
function keyOf(type: string, inner = type, more = 40): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(inner.length);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(more);
  return `${type} ${Buffer.concat([head, Buffer.from(inner), length, Buffer.alloc(more)]).toString('base64')}`;
}

describe('ssh_authorized_keys', () => {
  it.each([
    KEY,
    keyOf('ssh-rsa'),
    `${keyOf('ecdsa-sha2-nistp256')} with a comment`,
    keyOf('sk-ssh-ed25519@openssh.com'),
    `from="10.0.0.0/8",command="echo \\"hi there\\"" ${KEY}`,
    `no-pty ${keyOf('ssh-ed25519')}`,
  ])('takes %s', (key) => {
    expect(configOf(`ssh_authorized_keys:\n  - ${JSON.stringify(key)}\n`).sshAuthorizedKeys).toEqual([key]);
  });

  it('takes blanks at the ends away', () => {
    expect(configOf(`ssh-authorized-keys:\n  - |\n    ${KEY}\n`).sshAuthorizedKeys).toEqual([KEY]);
  });

  it.each([
    ['', 'which is empty'],
    ['ssh-ed25519', 'which ends after "ssh-ed25519"'],
    ['ssh-ed25519 AAAA', 'which is not whole'],
    ['ssh-ed25519 !!!!', 'which is not whole'],
    [KEY.slice(0, 60), 'which is not whole'],
    [`${keyOf('ssh-ed25519')}\n${keyOf('ssh-ed25519')}`, 'which is more than one line'],
    [keyOf('ssh-ed25519', 'ssh-rsa'), 'holds a key of another type'],
    [keyOf('ssh-dss'), 'which is a DSA key'],
    ['~/.ssh/id_ed25519.pub', 'which is the path of a file'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'which is a private key'],
    ['---- BEGIN SSH2 PUBLIC KEY ----', 'RFC 4716'],
    ['AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl', 'which has no type'],
    ['hello world', 'which has no type'],
  ])('refuses %j', (key, problem) => {
    const problems = problemsOf(`ssh_authorized_keys:\n  - ${JSON.stringify(key)}\n`);
    expect(problems).toEqual([expect.stringMatching(/^3:5 ssh_authorized_keys\[0\] is /)]);
    expect(problems[0]).toContain(problem);
  });

  it('must be a list', () => {
    expect(problemsOf(`ssh_authorized_keys: ${KEY}\n`)).toEqual([
      expect.stringContaining('2:22 ssh_authorized_keys is "ssh-ed25519'),
    ]);
  });
});
