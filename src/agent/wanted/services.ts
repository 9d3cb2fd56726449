/** `coreos.etcd`, `coreos.update`, `coreos.locksmith` and `coreos.oem`: files that other programs read. */
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import type { UpdateConfig } from '../../cloud-config/config.ts';
import { parseSpan } from '../../cloud-config/times.ts';
import { UNITS_FOLDER } from '../machine/units.ts';
import { textFile, type WantedFile } from './wanted.ts';

/** The check of health ends before it, and says more. */
const HEALTH_GRACE_MS = 60_000;
const WRITTEN = '# Written by basalt-agent, from the configuration.';

/** etcd's settings, as environment of its service: no place for secrets, since systemd shows it to everybody. */
export function etcdFile(settings: Readonly<Record<string, string>>): WantedFile {
  const lines = Object.entries(settings).map(
    ([name, value]) => `Environment=${quoteUnit(`${name}=${value}`)}`,
  );
  return textFile(
    `${UNITS_FOLDER}/etcd.service.d/20-cloud-config.conf`,
    encodeUtf8(`${[WRITTEN, '[Service]', ...lines].join('\n')}\n`),
  );
}

/** For the update client: KEY="VALUE" lines. For root alone: locksmith may have a password. */
export function updateFile({
  channel,
  server,
  rebootStrategy,
  settings,
  locksmith,
}: UpdateConfig): WantedFile {
  const values = {
    CHANNEL: channel,
    SERVER: server,
    REBOOT_STRATEGY: rebootStrategy,
    ...settings,
    ...locksmith,
  };
  return textFile('/etc/basalt/update.conf', encodeUtf8(assignments(values)), 0o600);
}

/**
 * How long a version has to become good, for systemd itself: it falls back also when nothing else can any more.
 * @returns Undefined when the configuration does not say, and the image's own limit holds.
 */
export function healthTimeoutFile({ settings }: UpdateConfig): WantedFile | undefined {
  const timeoutMs = parseSpan(settings.HEALTH_TIMEOUT ?? '');
  if (timeoutMs === undefined) return undefined;
  const seconds = Math.ceil((timeoutMs + HEALTH_GRACE_MS) / 1000);
  const lines = [WRITTEN, '[Unit]', `JobTimeoutSec=${seconds}`];
  return textFile(
    `${UNITS_FOLDER}/boot-complete.target.d/60-cloud-config.conf`,
    encodeUtf8(`${lines.join('\n')}\n`),
  );
}

/** In the form of os-release(5). */
export function oemFile(oem: Readonly<Record<string, string>>): WantedFile {
  return textFile('/etc/oem-release', encodeUtf8(assignments(oem)));
}

function assignments(values: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoteShell(value)}`],
  );
  return `${[WRITTEN, ...lines].join('\n')}\n`;
}

/** os-release(5): what a shell would read as the same text. */
function quoteShell(value: string): string {
  return `"${value.replace(/[\\"$`]/g, '\\$&')}"`;
}

/** systemd.syntax(7) and systemd.unit(5): backslashes and quotes are escaped, specifiers doubled. */
function quoteUnit(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('\n', '\\n')}"`;
}
