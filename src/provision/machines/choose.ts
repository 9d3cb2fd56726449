/** Which profile is for a machine. Pure. */
import type { MachineFacts } from './facts.ts';
import type { Profile, Selector } from './profile.ts';

export type Choice =
  | { readonly kind: 'found'; readonly profile: Profile }
  /** No entry is for this machine. */
  | { readonly kind: 'none' }
  /** Several entries are, and none says more than the others. */
  | { readonly kind: 'ambiguous'; readonly profiles: readonly Profile[] };

/** The most specific of the profiles that are for this machine. */
export function chooseProfile(profiles: readonly Profile[], facts: MachineFacts): Choice {
  const fitting = profiles.filter(({ selector }) => matches(selector, facts));
  const most = Math.max(...fitting.map(({ selector }) => specificity(selector)));
  const best = fitting.filter(({ selector }) => specificity(selector) === most);
  const [profile, ...others] = best;
  if (profile === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'found', profile } : { kind: 'ambiguous', profiles: best };
}

/** Whether everything that the selector gives is true. */
function matches({ macs, uuid, serviceTag, vendor, model }: Selector, facts: MachineFacts): boolean {
  return (
    (macs === undefined || macs.includes(facts.mac)) &&
    (uuid === undefined || uuid === facts.uuid) &&
    (serviceTag === undefined || serviceTag.toLowerCase() === facts.serviceTag?.toLowerCase()) &&
    (vendor === undefined || matchesPattern(vendor, facts.vendor)) &&
    (model === undefined || matchesPattern(model, facts.model))
  );
}

/**
 * What names one machine (MAC, UUID, service tag) says more than its model, the model more than the vendor; an exact text
 * says more than one with `*`. Of the same kind, more say more.
 */
export function specificity({ macs, uuid, serviceTag, vendor, model }: Selector): number {
  const ofText = (text: string | undefined) => (text === undefined ? 0 : text.includes('*') ? 1 : 2);
  const identities = [macs, uuid, serviceTag].filter((value) => value !== undefined).length;
  return identities * 9 + ofText(model) * 3 + ofText(vendor);
}

/** `*` stands for any text. Linear: a hostile pattern or text costs nothing. */
export function matchesPattern(pattern: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const subject = text.toLowerCase();
  const last = rest.pop();
  if (last === undefined) return subject === first;
  if (!subject.startsWith(first) || !subject.endsWith(last) || subject.length < first.length + last.length)
    return false;
  const end = subject.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = subject.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
