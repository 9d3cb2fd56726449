/** Certificates for servers of tests, of authorities that exist only in them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { makeCertificate } from '../../src/pki/certificate.ts';

export interface ServerCertificate {
  /** Both in PEM. */
  readonly key: string;
  readonly certificate: string;
}

export interface CertificateWish {
  /** DNS names and addresses. */
  readonly names: readonly string[];
  /** Days from now; by default from yesterday to tomorrow. */
  readonly fromDay?: number;
  readonly toDay?: number;
}

const DAY_MS = 86_400_000;

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY_MS);

/** An authority with a new key. */
export class TestAuthority {
  /** In PEM: what machines are to trust. */
  readonly certificate: string;
  private readonly issuer: { readonly commonName: string; readonly key: KeyObject };

  constructor(commonName: string) {
    const key = newKey();
    this.issuer = { commonName, key };
    this.certificate = makeCertificate({
      commonName,
      usage: 'authority',
      alternatives: [],
      notBefore: dayFromNow(-30),
      notAfter: dayFromNow(30),
      key,
      issuer: this.issuer,
    });
  }

  issue({ names, fromDay = -1, toDay = 1 }: CertificateWish): ServerCertificate {
    const key = newKey();
    const certificate = makeCertificate({
      commonName: names[0] ?? '',
      usage: 'server',
      alternatives: names,
      notBefore: dayFromNow(fromDay),
      notAfter: dayFromNow(toDay),
      key,
      issuer: this.issuer,
    });
    return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate };
  }
}
