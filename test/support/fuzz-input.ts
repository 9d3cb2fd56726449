/** Random user data, from a seed: made of pieces of the dialect, and texts with a few characters changed. */

/** Numbers from a seed: mulberry32. */
class RandomSource {
  constructor(private state: number) {}

  /** At least 0, below `limit`. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const KEYS = [
  'coreos',
  'basalt',
  'units',
  'etcd2',
  'etcd',
  'update',
  'locksmith',
  'oem',
  'fleet',
  'flannel',
  'users',
  'write_files',
  'write-files',
  'hostname',
  'ssh_authorized_keys',
  'manage_etc_hosts',
  'name',
  'content',
  'command',
  'enable',
  'mask',
  'runtime',
  'drop-ins',
  'drop_ins',
  'path',
  'permissions',
  'owner',
  'encoding',
  'passwd',
  'groups',
  'gecos',
  'homedir',
  'ssh-authorized-keys',
  'lock-passwd',
  'initial-cluster',
  'listen-client-urls',
  'discovery',
  'reboot-strategy',
  'window-start',
  'window-timezone',
  'lock-maximum',
  'health-timeout',
  'allow-degraded',
  'group',
  'server',
  'runcmd',
  'packages',
  '__proto__',
  'constructor',
  'toString',
  '',
  '? [a]',
  '<<',
  '"\\u0000"',
  'ä',
] as const;

const SCALARS = [
  'true',
  'yes',
  'off',
  '~',
  'null',
  '0644',
  '644',
  '"0644"',
  '0o644',
  '0x1F',
  '1e999',
  '-0',
  '.nan',
  '99999999999999999999',
  'a.service',
  'b.timer',
  'a@.service',
  'x.mount',
  'c.network',
  'start',
  'stop',
  '/etc/a',
  '/usr/bin/a',
  '/etc/../a',
  'core:core',
  'gz+base64',
  'b64',
  'aGVsbG8=',
  'H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==',
  '$private_ipv4',
  '"\\$private_ipv4"',
  '$public_ipv6',
  'http://$private_ipv4:2380',
  'https://10.0.0.1:2379,http://x',
  'n1=http://10.0.0.1:2380',
  '"[Service]\\nExecStart=/a\\n"',
  '"[Timer"',
  '"\\\\\\n\\\\\\n"',
  '"=\\n[=]\\n"',
  '|\n        [Service]\n        ExecStart=a/b \\\n        # c\n\n',
  '>\n    folded\n\n    text\n',
  '|2-\n      x\n',
  '&a b',
  '*a',
  '!!binary aGk=',
  '!x y',
  '"\\xe9\\u2028"',
  '"\ud83d\ude00"',
  '[a, [b, {c: d}]]',
  '{a: b}',
  '[]',
  '{}',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me',
  'ssh-rsa AAAA',
  '$6$a$b',
  'localhost',
  '2001-01-01',
  '"',
  "'",
  '`',
  '@',
  '%',
  '[',
  '{',
  ': ',
  '- ',
  '\t',
] as const;

const BREAKS = [
  '\n',
  '\r\n',
  '\t',
  ' ',
  ':',
  '-',
  '"',
  "'",
  '|',
  '>',
  '&',
  '*',
  '[',
  ']',
  '{',
  '}',
  '#',
  '\\',
  '$',
  '%',
  '\0',
  '\ufeff',
  '\ud800',
  '\ufdd0',
  '---\n',
  '...\n',
  ': &x [*x]',
  '\\$private_ipv4',
  '#cloud-config\n',
  '\u2028',
  '\u0085',
] as const;

/** A document made of the dialect's keys and values, more or less in order. */
function madeDocument(random: RandomSource): string {
  const lines: string[] = [random.below(20) === 0 ? random.pick(BREAKS) : '#cloud-config'];
  let indent = 0;
  for (let count = random.below(30); count > 0; count--) {
    const dash = random.below(3) === 0 ? '- ' : '';
    const value = random.below(3) === 0 ? '' : ` ${random.pick(SCALARS)}`;
    lines.push(`${' '.repeat(indent)}${dash}${random.pick(KEYS)}:${value}`);
    indent = Math.max(0, indent + random.pick([-4, -2, 0, 0, 2, 2, 1]));
  }
  return lines.join(random.below(30) === 0 ? '\r\n' : '\n');
}

/** A text with a few places changed: characters put in, taken out, repeated, or pieces of another text. */
function mutated(text: string, other: string, random: RandomSource): string {
  let result = text;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(result.length + 1);
    const length = random.below(random.below(8) === 0 ? 200 : 6);
    const before = result.slice(0, at);
    const after = result.slice(at + length);
    switch (random.below(5)) {
      case 0:
        result = before + after;
        break;
      case 1:
        result = before + random.pick(BREAKS) + result.slice(at);
        break;
      case 2:
        result = before + String.fromCharCode(random.below(random.below(4) === 0 ? 0x10000 : 128)) + after;
        break;
      case 3:
        result = before + result.slice(at, at + length).repeat(1 + random.below(8)) + after;
        break;
      default: {
        const from = random.below(other.length + 1);
        result = before + other.slice(from, from + random.below(120)) + after;
      }
    }
  }
  return result;
}

/** The `index`th input: a mutated one of `corpus`, or one made from pieces. */
export function fuzzInput(corpus: readonly string[], seed: number, index: number): string {
  const random = new RandomSource(Math.imul(seed, 0x9e3779b1) ^ index);
  const other = random.below(2) === 0 ? madeDocument(random) : random.pick(corpus);
  return random.below(4) === 0 ? other : mutated(random.pick(corpus), other, random);
}
