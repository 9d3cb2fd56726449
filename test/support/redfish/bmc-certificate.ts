/** Certificates for made-up BMCs. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { makeCertificate, type Usage } from '../../../src/pki/certificate.ts';

export interface BmcCertificate {
  readonly key: string;
  readonly cert: string;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
}

const DAY_MS = 86_400_000;

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** A certificate that signed itself, as BMCs come with. It is for a name that nobody uses. */
export function selfSigned(options: { readonly expired?: boolean } = {}): BmcCertificate {
  const key = newKey();
  const issuer = { commonName: 'idrac-7XKQ2W3', key };
  return finish(key, 'server', issuer, ['idrac-7XKQ2W3'], options.expired ? -DAY_MS : DAY_MS);
}

/** An authority, and a certificate of it. */
export function signed(names: readonly string[]): BmcCertificate & { readonly ca: string } {
  const issuer = { commonName: 'an authority', key: newKey() };
  const ca = makeCertificate({
    commonName: issuer.commonName,
    usage: 'authority',
    alternatives: [],
    notBefore: new Date(Date.now() - 2 * DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    key: issuer.key,
    issuer,
  });
  return { ...finish(newKey(), 'server', issuer, names, DAY_MS), ca };
}

function finish(
  key: ReturnType<typeof newKey>,
  usage: Usage,
  issuer: { commonName: string; key: ReturnType<typeof newKey> },
  alternatives: readonly string[],
  lastsMs: number,
): BmcCertificate {
  const cert = makeCertificate({
    commonName: alternatives[0] ?? 'bmc',
    usage,
    alternatives,
    notBefore: new Date(Date.now() - 2 * DAY_MS),
    notAfter: new Date(Date.now() + lastsMs),
    key,
    issuer,
  });
  const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
  return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert, fingerprint };
}
