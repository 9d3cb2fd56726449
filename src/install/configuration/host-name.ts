/** The machine's name: RFC 1123, 2.1. */
import { hostnameShape } from '../../cloud-config/names.ts';
import type { AnswerFault } from './fault.ts';

/** What is wrong with a host name; undefined when nothing is. */
export function hostNameFault(name: string): AnswerFault | undefined {
  const fault = hostnameShape.check?.(name);
  if (fault === undefined) return undefined;
  const reason = fault.reason.startsWith('which ')
    ? fault.reason.slice('which '.length)
    : `is ${fault.reason}`;
  return { message: `"${name}" ${reason}`, hint: fault.hint };
}
