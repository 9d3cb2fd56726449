/** Hashes of passwords. */
import type { Fault } from './shape.ts';

/** The methods of crypt(5) that Debian's libcrypt checks. */
const METHODS: readonly RegExp[] = [
  /^\$g?y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{0,86}\$[./A-Za-z0-9]{43}$/,
  /^\$7\$[./A-Za-z0-9]{11,97}\$[./A-Za-z0-9]{43}$/,
  /^\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}$/,
  /^\$6\$(rounds=[1-9][0-9]+\$)?[^$:\n]{1,16}\$[./0-9A-Za-z]{86}$/,
  /^\$5\$(rounds=[1-9][0-9]+\$)?[^$:\n]{1,16}\$[./0-9A-Za-z]{43}$/,
  /^\$1\$[^$:\n]{1,8}\$[./0-9A-Za-z]{22}$/,
];

const MAKE = 'mkpasswd --method=yescrypt (Debian package whois) makes one; put it in quotes';

/** What is wrong with a hash; undefined when nothing is. */
export function passwordHashFault(hash: string): Fault | undefined {
  if (METHODS.some((method) => method.test(hash))) return undefined;
  if (hash === '')
    return { reason: 'and empty: anyone could log in', hint: 'remove the key: the password is then locked' };
  if (/^[!*x]+$/.test(hash))
    return {
      reason: 'and stands for a locked password',
      hint: 'remove the key: without it the password is locked',
    };
  if (/^\$(g?y|7|2[abxy]|[156])\$/.test(hash))
    return { reason: 'and is a hash that is cut or damaged', hint: MAKE };
  return {
    reason: 'and is no hash of a method this system checks',
    hint: `a password in clear text is never taken; ${MAKE}`,
  };
}

/** True for methods that modern hardware breaks. */
export function isWeakHash(hash: string): boolean {
  return hash.startsWith('$1$');
}
