/** What of the network's settings belongs together. Pure. */
import type { Problem } from '../../errors.ts';
import type { SourceDocument } from '../../yaml/document.ts';
import type { NetworkSettings } from './profile.ts';
import { addressOctets } from './words.ts';

/** An IPv4 address as a number; 0 for what is none. */
export function addressNumber(text: string): number {
  return (addressOctets(text) ?? []).reduce((sum, octet) => sum * 256 + octet, 0);
}

/** Whether the ones of a netmask come before its zeros. */
function isNetmask(text: string): boolean {
  const bits = addressNumber(text).toString(2).padStart(32, '0');
  return /^1{8,30}0+$/.test(bits);
}

/** Checks the section `network`. */
export function checkNetwork({ dhcp, range }: NetworkSettings, source: SourceDocument): Problem[] {
  const problems: Problem[] = [];
  const problem = (inside: readonly PropertyKey[], message: string, hint: string) =>
    void problems.push({ ...source.place(['network', ...inside]), message, hint });
  if (dhcp === 'full' && range === undefined)
    problem(
      ['dhcp'],
      'dhcp is "full", and there are no addresses to give',
      'add range: {from: …, to: …}, or take dhcp: proxy',
    );
  if (dhcp !== 'full' && range !== undefined)
    problem(['range'], `there is a range, and dhcp is "${dhcp}"`, 'remove the range, or take dhcp: full');
  if (range !== undefined && addressNumber(range.from) > addressNumber(range.to))
    problem(
      ['range', 'from'],
      `the range begins behind its end: ${range.from} is after ${range.to}`,
      'swap from and to',
    );
  if (range?.netmask !== undefined && !isNetmask(range.netmask))
    problem(['range', 'netmask'], `"${range.netmask}" is not a netmask`, 'such as 255.255.255.0');
  return problems;
}
