/** What platforms say of a machine, brought into one form. */
import type { Metadata } from './source.ts';

export const noMetadata: Metadata = { sshAuthorizedKeys: [], addresses: {} };

/** Whether there is anything in it. */
export function saysNothing({ hostname, sshAuthorizedKeys, addresses }: Metadata): boolean {
  return (
    hostname === undefined &&
    sshAuthorizedKeys.length === 0 &&
    Object.values(addresses).every((address) => address === undefined)
  );
}

/** Lines of authorized_keys (sshd(8)): blank ones, comments and repetitions are left out. */
export function keysIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
}
