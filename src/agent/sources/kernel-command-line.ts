/** `basalt.config.url=` on the kernel command line: docs/sources/kernel-command-line.md. */
import type { Host } from '../host.ts';
import { isAddressProblem, parseHttpAddress } from '../http/address.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { kernelArgument } from './command-line.ts';
import { fetchUserData } from './fetch-user-data.ts';
import { noMetadata } from './metadata.ts';
import { reading } from './reading.ts';
import type { Source } from './source.ts';
import { userDataText } from './user-data.ts';

const URL_KEY = 'basalt.config.url';
/** The SHA-256 of what the server gives, as sha256sum(1) writes it. */
const DIGEST_KEY = 'basalt.config.sha256';

export const kernelCommandLine: Source = {
  name: 'kernel-command-line',
  isHere: (host) => kernelArgument(host, URL_KEY) !== undefined,
  read(host, deadlineMs) {
    const text = kernelArgument(host, URL_KEY) ?? '';
    const digest = kernelArgument(host, DIGEST_KEY)?.toLowerCase();
    const address = parseHttpAddress(text);
    const where = isAddressProblem(address) ? `${URL_KEY}=` : address.shown;
    return reading('kernel-command-line', where, () => {
      if (isAddressProblem(address)) throw new Unreadable(address.problem);
      if (digest !== undefined && !/^[0-9a-f]{64}$/.test(digest)) {
        throw new Unreadable(`${DIGEST_KEY}= is not a SHA-256: 64 hexadecimal digits are needed`);
      }
      if (address.scheme === 'http' && digest === undefined) {
        host.log(
          'warning',
          `kernel-command-line: ${where} is fetched without encryption, and no ${DIGEST_KEY}= says what it must be: anyone on the way can change it`,
        );
      }
      const body = fetchUserData(host, address, deadlineMs);
      if (digest !== undefined) checkDigest(host, body, digest);
      const userData = userDataText(host, body);
      return userData === undefined
        ? undefined
        : { source: 'kernel-command-line', where, userData, metadata: noMetadata };
    });
  },
};

function checkDigest(host: Host, body: Uint8Array, needed: string): void {
  const { exitCode, stdout, stderr } = host.run(['sha256sum'], { input: body });
  if (exitCode !== 0) throw new Unreadable(`sha256sum ends with ${exitCode}: ${stderr.trim()}`);
  const seen = stdout.slice(0, 64);
  if (seen !== needed) throw new Unreadable(`its SHA-256 is ${seen}; ${DIGEST_KEY}= asks for ${needed}`);
}
