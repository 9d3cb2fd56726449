/** A machine in memory that asks an update repository in memory. */
import { createPublicKey, verify } from 'node:crypto';
import { openRepository, type TrustedRepository } from '../../src/agent/update/trust/open-repository.ts';
import { type FakeAnswer, fakeCurl } from './fake-curl.ts';
import { FakeHost, type FakeProgram } from './fake-host.ts';
import { sha256, type TestRepository } from './tuf-repository.ts';

const SERVER = 'https://updates.example.com/basalt';
export const IMAGE_ROOT = '/usr/lib/basalt/update/root.json';
export const TRUST = '/var/lib/basalt/update/trust';

/** openssl pkeyutl -verify, as far as the agent calls it. */
const openssl: FakeProgram = (command, _, host) => {
  const file = (option: string) =>
    host.readBytes(command[command.indexOf(option) + 1] ?? '') ?? new Uint8Array();
  const key = createPublicKey({ key: Buffer.from(file('-inkey')), format: 'der', type: 'spki' });
  return verify(undefined, file('-in'), key, file('-sigfile'))
    ? { stdout: 'Signature Verified Successfully\n' }
    : { exitCode: 1, stdout: 'Signature Verification Failure\n' };
};

/** Of files, as `--zero` has it, or of stdin. */
const sha256sum: FakeProgram = (command, { input = '' }, host) => {
  const paths = command.slice(command.indexOf('--') + 1);
  if (!command.includes('--')) return { stdout: `${sha256(input)}  -\n` };
  return { stdout: paths.map((path) => `${sha256(host.readBytes(path) ?? '')}  ${path}\0`).join('') };
};

export interface UpdateMachineOptions {
  readonly nowMs?: number;
  readonly synchronised?: boolean;
  /** Other than the image's. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
}

export class UpdateMachine {
  readonly host: FakeHost;
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  /** Instead of what the repository has. */
  readonly answers = new Map<string, FakeAnswer>();

  constructor(
    public repository: TestRepository,
    { nowMs, synchronised = true, files = {} }: UpdateMachineOptions = {},
  ) {
    const curl = fakeCurl(({ url }) => {
      const path = url.replace(SERVER, '');
      this.requests.push(path);
      const body = this.repository.files.get(path);
      return this.answers.get(path) ?? (body === undefined ? { status: 404 } : { status: 200, body });
    });
    this.host = new FakeHost({
      files: { [IMAGE_ROOT]: repository.root, '/usr/lib/os-release': 'IMAGE_ID=qemu\n', ...files },
      programs: {
        curl,
        openssl,
        sha256sum,
        timedatectl: () => ({ stdout: synchronised ? 'yes\n' : 'no\n' }),
      },
      ...(nowMs === undefined ? {} : { nowMs }),
    });
  }

  open(): TrustedRepository {
    return openRepository(this.host, { server: SERVER });
  }
}
