/**
 * Systemd credentials handed to a machine through SMBIOS type 11 ("OEM strings"), so that an unchanged image can
 * be given an extra unit or a configuration: systemd.system-credentials(7), systemd(1) under `smbios`.
 */
import { UserError } from '../errors.ts';
import { formatSize, KIB } from '../units.ts';
import type { Content } from './spec.ts';

/**
 * One credential as an OEM string. Base64 carries any content and survives the string's rules (no NUL byte).
 * @param name As the consumer names it, such as `systemd.extra-unit.hello.service`.
 */
export function credential(name: string, content: string | Uint8Array): Content {
  if (!/^[\w.@:~-]+$/.test(name)) {
    throw new UserError(
      'credential-name',
      `the credential name ${JSON.stringify(name)} cannot be passed to a machine`,
      {
        needed: 'letters, digits and . _ - @ : ~',
      },
    );
  }
  return { value: `io.systemd.credential.binary:${name}=${Buffer.from(content).toString('base64')}` };
}

/** A unit that exists only in this boot of the machine. */
export function extraUnit(unit: string, text: string): Content {
  return credential(`systemd.extra-unit.${unit}`, text);
}

/**
 * A drop-in for a unit of the image, only in this boot.
 * @param name Told apart from other drop-ins of the same unit by this.
 */
export function unitDropIn(unit: string, text: string, name = 'basalt'): Content {
  return credential(`systemd.unit-dropin.${unit}~${name}`, text);
}

/**
 * All OEM strings share one SMBIOS structure table, which firmware drops in silence when it is over 64 KiB. The rest
 * is for the machine's other structures.
 */
const OEM_STRINGS_LIMIT_BYTES = 60 * KIB;

/** @throws {UserError} when the strings together would not reach the machine. */
export function checkOemStrings(contents: readonly Content[]): void {
  const sizeBytes = contents.reduce(
    (sum, content) => sum + ('value' in content ? Buffer.byteLength(content.value) : 0),
    0,
  );
  if (sizeBytes <= OEM_STRINGS_LIMIT_BYTES) return;
  throw new UserError(
    'oem-strings-too-large',
    'what is to be passed to the machine at its start is too large',
    {
      seen: `${formatSize(sizeBytes)} of SMBIOS OEM strings (base64 makes credentials a third larger)`,
      needed: `at most ${formatSize(OEM_STRINGS_LIMIT_BYTES)}`,
    },
  );
}
