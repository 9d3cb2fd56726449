/**
 * Authorities and certificates of an etcd cluster, in a folder:
 *
 *     ca/        ca.crt ca.key peer-ca.crt peer-ca.key   stays with the operator
 *     NAME/      ca.crt server.crt server.key peer-ca.crt peer.crt peer.key
 *     client/    ca.crt client.crt client.key
 *
 * Members and clients have different authorities, so that a client's certificate opens no member's door. Calling it
 * again adds what is missing and changes nothing else; keys are never replaced.
 */
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { makeCertificate, type Usage } from './certificate.ts';
import { openKey, readText, writeWhole } from './key-file.ts';

/** A machine of the cluster. */
export interface PkiMember {
  readonly name: string;
  /** Addresses and DNS names. */
  readonly alternatives: readonly string[];
}

export interface PkiOptions {
  readonly folder: string;
  /** Of the cluster, for the authorities' names. */
  readonly name: string;
  readonly members: readonly PkiMember[];
  readonly authorityDays: number;
  readonly days: number;
  /** New certificates for the keys that are there. */
  readonly renew: boolean;
  readonly now: Date;
}

/** A certificate that is in the folder now. */
export interface IssuedCertificate {
  readonly file: string;
  readonly subject: string;
  readonly alternatives: readonly string[];
  readonly notAfter: string;
  readonly state: 'made' | 'renewed' | 'kept';
}

const DAY_MS = 86_400_000;
/** Machines whose clocks are a little behind take it as well. */
const BACKDATED_MS = DAY_MS;
const EVERYWHERE = ['localhost', '127.0.0.1', '::1'];

/** @throws {UserError} when a file is there that cannot be used; nothing is overwritten then. */
export async function makeEtcdPki(options: PkiOptions): Promise<IssuedCertificate[]> {
  const folder = join(options.folder, 'ca');
  await mkdir(options.folder, { recursive: true });
  await privateFolder(folder);
  const clients = await authority(options, folder, 'ca', `${options.name} etcd`);
  const peers = await authority(options, folder, 'peer-ca', `${options.name} etcd peers`);
  const issued = [clients.issued, peers.issued];
  for (const { name, alternatives } of options.members) {
    const own = await privateFolder(join(options.folder, name));
    const all = [...new Set([name, ...alternatives, ...EVERYWHERE])];
    // etcd's gateway is a client of its own server.
    issued.push(await certificate(options, clients, own, 'server', name, all, 'server-and-client'));
    issued.push(await certificate(options, peers, own, 'peer', name, all, 'server-and-client'));
    await writeWhole(join(own, 'ca.crt'), clients.certificate);
    await writeWhole(join(own, 'peer-ca.crt'), peers.certificate);
  }
  const client = await privateFolder(join(options.folder, 'client'));
  issued.push(await certificate(options, clients, client, 'client', `${options.name} client`, [], 'client'));
  await writeWhole(join(client, 'ca.crt'), clients.certificate);
  return issued;
}

interface Authority {
  readonly commonName: string;
  readonly key: Awaited<ReturnType<typeof openKey>>['key'];
  readonly certificate: string;
  readonly issued: IssuedCertificate;
}

async function authority(
  options: PkiOptions,
  folder: string,
  file: string,
  commonName: string,
): Promise<Authority> {
  const { key, isNew } = await openKey(join(folder, `${file}.key`));
  const path = join(folder, `${file}.crt`);
  const found = await readText(path);
  if (found !== undefined) {
    const known = parse(path, found);
    const knownName = /^CN=(.*)$/m.exec(known.subject)?.[1] ?? '';
    if (isNew || !known.checkPrivateKey(key)) throw notOfKey(path, join(folder, `${file}.key`));
    if (knownName !== commonName) {
      throw new UserError('pki-other-cluster', 'the folder belongs to another cluster', {
        where: path,
        seen: knownName,
        needed: commonName,
        next: ['give the same --name as before, or name another folder with --output'],
      });
    }
    return { commonName, key, certificate: found, issued: describe(path, known, 'kept') };
  }
  const text = makeCertificate({
    commonName,
    usage: 'authority',
    alternatives: [],
    ...validity(options.now, options.authorityDays),
    key,
    issuer: { commonName, key },
  });
  await writeWhole(path, text);
  return { commonName, key, certificate: text, issued: describe(path, parse(path, text), 'made') };
}

async function certificate(
  options: PkiOptions,
  issuer: Authority,
  folder: string,
  file: string,
  commonName: string,
  alternatives: readonly string[],
  usage: Usage,
): Promise<IssuedCertificate> {
  const { key } = await openKey(join(folder, `${file}.key`));
  const path = join(folder, `${file}.crt`);
  const found = await readText(path);
  if (found !== undefined && !options.renew) {
    const known = parse(path, found);
    if (!known.checkPrivateKey(key)) throw notOfKey(path, join(folder, `${file}.key`));
    const missing = alternatives.filter((each) => !known.checkHost(each) && !known.checkIP(each));
    if (missing.length > 0) {
      throw new UserError('pki-other-addresses', `the certificate of ${commonName} is for other addresses`, {
        where: path,
        seen: known.subjectAltName ?? 'none',
        needed: missing.join(', '),
        next: ['add --renew: new certificates for the same keys'],
      });
    }
    return describe(path, known, 'kept');
  }
  const text = makeCertificate({
    commonName,
    usage,
    alternatives,
    ...validity(options.now, options.days),
    key,
    issuer,
  });
  await writeWhole(path, text);
  return describe(path, parse(path, text), found === undefined ? 'made' : 'renewed');
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
  };
}

async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o700);
  return path;
}

function parse(path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new UserError('certificate-invalid', 'this is not a certificate', {
      where: path,
      needed: 'a certificate in PEM form',
      next: ['move it away: it is made anew'],
      cause,
    });
  }
}

function notOfKey(certificatePath: string, key: string): UserError {
  return new UserError('pki-key-mismatch', 'a certificate and its key do not belong together', {
    where: certificatePath,
    needed: `the key that it was made with, in ${key}`,
    next: ['put the right key back, or name another folder with --output'],
  });
}

function describe(
  file: string,
  certificate: X509Certificate,
  state: IssuedCertificate['state'],
): IssuedCertificate {
  return {
    file,
    subject: certificate.subject.replace(/^CN=/, ''),
    alternatives: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter((each) => each !== '')
      .map((each) => each.replace(/^(DNS|IP Address):/, '')),
    notAfter: new Date(certificate.validTo).toISOString(),
    state,
  };
}
