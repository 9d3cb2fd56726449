/** Which kind of user data a text is, by its beginning. */
import { shorten } from '../yaml/value-path.ts';
import type { Fault } from './shape.ts';

/** A kind that is read, or why it is not. */
export type UserDataFormat =
  | { readonly kind: 'cloud-config' | 'script' | 'empty' }
  | { readonly kind: 'refused'; readonly line: number; readonly fault: Fault };

const WRITE_CLOUD_CONFIG = 'write a #cloud-config document, or a script that begins with #!';

/**
 * What other tools' user data begins with.
 * @see https://docs.cloud-init.io/en/latest/explanation/format.html
 */
const OTHERS: readonly (readonly [pattern: RegExp, what: string, hint: string])[] = [
  [
    /^(MIME-Version:|Content-Type:\s*multipart\/)/i,
    'a MIME multi-part message of cloud-init',
    'give its cloud-config part alone; what its scripts do goes into write_files and coreos.units',
  ],
  [/^#include(-once)?\b/, 'an #include of cloud-init', 'put what it names into one #cloud-config document'],
  [
    /^#cloud-boothook\b/,
    'a #cloud-boothook of cloud-init',
    'write the script with write_files and run it from a unit in coreos.units: configuration is applied at every boot',
  ],
  [/^#upstart-job\b/, 'an upstart job', 'write it as a systemd unit in coreos.units'],
  [/^#part-handler\b/, 'a part handler of cloud-init', WRITE_CLOUD_CONFIG],
  [/^#cloud-config-archive\b/, 'an archive of cloud-init', 'join its parts in one #cloud-config document'],
  [/^#cloud-config-jsonp\b/, 'a JSON patch of cloud-init', WRITE_CLOUD_CONFIG],
  [
    /^##\s*template:\s*\S+/i,
    'a template that cloud-init would render',
    'render it before: `basalt config render`; on the machine there are $private_ipv4 and its like',
  ],
  [
    /^#k3os|^#rancher/i,
    'the configuration of another system',
    'write a #cloud-config document with the keys of the reference',
  ],
  [
    /^#(ignition|butane)\b/i,
    'a Butane or Ignition configuration',
    'units go to coreos.units, files to write_files, passwd.users to users',
  ],
  [
    /^\s*\{\s*"ignition"/,
    'an Ignition configuration',
    'units go to coreos.units, files to write_files, passwd.users to users',
  ],
  [
    /^(variant|ignition):/m,
    'a Butane or Ignition configuration',
    'units go to coreos.units, files to write_files, passwd.users to users',
  ],
  [
    /^machine:\s*$[\s\S]*^\s+(type|token|install|network):|^apiVersion:\s*v1alpha1\b/m,
    'a machine configuration of Talos',
    'write a #cloud-config document with the keys of the reference',
  ],
  [/^apiVersion:/m, 'a Kubernetes object', WRITE_CLOUD_CONFIG],
  [
    /^(autoinstall:|#_preseed_V1|d-i\s|%packages\b|install$|(url|lang|keyboard|rootpw|bootloader|autopart)\s+-)/m,
    'the answers for an installer',
    'an installed Basalt is configured with a #cloud-config document',
  ],
  [/^<powershell>|^<script>|^#ps1/i, 'a script for Windows', WRITE_CLOUD_CONFIG],
  [
    /^\s*</,
    'XML or HTML',
    'check the address the user data comes from; it may have answered with an error page',
  ],
  [/^\s*[{[]/, 'JSON', 'a cloud-config may be JSON, below a first line #cloud-config'],
];

/** Looks only at the beginning of a text. */
export function formatOf(text: string): UserDataFormat {
  if (text.trim() === '') return { kind: 'empty' };
  const firstLine = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  if (/^#cloud-config\s*$/.test(firstLine)) return { kind: 'cloud-config' };
  if (firstLine.startsWith('#!')) return { kind: 'script' };
  return refusedFormat(text.slice(0, 4096), firstLine);
}

function refusedFormat(head: string, firstLine: string): UserDataFormat {
  const refuse = (reason: string, hint: string, line = 1): UserDataFormat => ({
    kind: 'refused',
    line,
    fault: { reason, hint },
  });
  if (head.startsWith('\u001f\u008b') || head.includes('\0'))
    return refuse(
      'the text has bytes that are no text',
      'give text in UTF-8; gzip is unpacked where it comes as bytes',
    );
  const lines = head.split(/\r?\n/);
  const later = lines.findIndex((line) => /^\s*#\s*cloud-config\s*$/i.test(line));
  if (later >= 0)
    return refuse(
      later === 0
        ? `the first line is "${shorten(firstLine)}", not "#cloud-config"`
        : `"#cloud-config" is in line ${later + 1}, not in the first line`,
      'make #cloud-config, in these letters and alone, the first line',
      later + 1,
    );
  for (const [pattern, what, hint] of OTHERS) {
    if (pattern.test(head)) return refuse(`this is ${what}, which is not supported`, hint);
  }
  const looksLikeOne =
    /^(coreos|basalt|write[-_]files|users|hostname|ssh[-_]authorized[-_]keys|manage[-_]etc[-_]hosts):/m.test(
      head,
    );
  return refuse(
    'the first line is neither "#cloud-config" nor "#!" and an interpreter',
    looksLikeOne ? 'put a line #cloud-config before it' : WRITE_CLOUD_CONFIG,
  );
}
