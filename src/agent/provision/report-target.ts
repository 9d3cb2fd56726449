/** Where this machine reports that it runs: what the installer left. docs/provisioning.md has the contract. */
import type { Host } from '../host.ts';
import { type HttpAddress, isAddressProblem, parseHttpAddress } from '../http/address.ts';
import { Unreadable } from '../machine/unreadable.ts';

/** For root alone: it has a token. */
const REPORT_FILE = '/var/lib/basalt/provision/report.json';

export interface ReportTarget {
  readonly address: HttpAddress;
  readonly token: string;
  /** The version that the server knows to run here. In the same file: a new installation knows of none. */
  readonly told: string | undefined;
}

/** @returns Undefined when nobody asked for reports. @throws {Unreadable} when the file is not what an installer writes. */
export function loadReportTarget(host: Host): ReportTarget | undefined {
  const text = host.readText(REPORT_FILE);
  if (text === undefined) return undefined;
  const refuse = (reason: string) => new Unreadable(`${REPORT_FILE} is not used: ${reason}`);
  const status = host.status(REPORT_FILE);
  if (status?.uid !== 0 || (status.mode & 0o022) !== 0) throw refuse('others than root may have written it');
  const { url, token, told } = fieldsOf(text) ?? {};
  if (typeof url !== 'string' || typeof token !== 'string')
    throw refuse('it has not the texts url and token');
  // RFC 6750, 2.1. Anything else could add headers.
  if (!/^[A-Za-z0-9._~+/-]{1,512}=*$/.test(token)) throw refuse('its token is none');
  const address = parseHttpAddress(url);
  if (isAddressProblem(address)) throw refuse(address.problem);
  return { address, token, told: typeof told === 'string' ? told : undefined };
}

/** @throws {HostError} */
export function rememberTold(host: Host, { address, token }: ReportTarget, version: string): void {
  const content = { url: address.text, token, told: version };
  host.writeFile(REPORT_FILE, `${JSON.stringify(content)}\n`, { mode: 0o600 });
}

/** The token opens nothing any more. @throws {HostError} */
export function forgetReportTarget(host: Host): void {
  host.remove(REPORT_FILE);
}

/** Undefined when the text is no JSON object: what a power cut left, say. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
