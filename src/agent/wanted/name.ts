/** The machine's name, and that it leads to the machine itself. */
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import { textFile, type WantedFile } from './wanted.ts';

/** hostname(5). */
export function hostnameFile(name: string): WantedFile {
  return textFile('/etc/hostname', encodeUtf8(`${name}\n`));
}

/** `manage_etc_hosts: localhost`: hosts(5), with what the image has in it. */
export function hostsFile(name: string): WantedFile {
  const text = `# Written by basalt-agent, as manage_etc_hosts asks.
127.0.0.1 localhost
::1       localhost ip6-localhost ip6-loopback
127.0.0.1 ${name}
`;
  return textFile('/etc/hosts', encodeUtf8(text));
}
