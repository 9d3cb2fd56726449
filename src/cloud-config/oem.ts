/** `coreos.oem`: who made this machine, for /etc/oem-release. */
import type { Part } from './part.ts';
import { type Fault, section, text } from './shape.ts';

function lineFault(value: string): Fault | undefined {
  return /[\r\n]/.test(value)
    ? { reason: 'which is more than one line', hint: 'write it in one line' }
    : undefined;
}

const line = { check: lineFault };

/** The form of `coreos.oem`. */
export const oemShape = section('what made this machine, for /etc/oem-release', {
  id: text('short name, such as rackspace', line),
  name: text('full name', line),
  'version-id': text('version', line),
  'home-url': text('address of its home page', line),
  'bug-report-url': text('address for reports', line),
});

/** Reads it, by the names of os-release(5): ID, VERSION_ID. */
export function readOem(part: Part | undefined): Record<string, string> | undefined {
  if (part === undefined) return undefined;
  return Object.fromEntries(part.entries.map(([key, value]) => [key.toUpperCase(), value.text]));
}
