/** Tokens: what lets this machine fetch its configuration and report. Nobody else is to see them. */
import type { UnattendedPlan } from './plan.ts';

/** Whether text can stand in an `Authorization: Bearer` header: RFC 6750, 2.1. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9._~+/-]{1,512}=*$/.test(text);
}

/** What of a plan must not be in logs and messages. */
export function secretsOf({ config, report }: Pick<UnattendedPlan, 'config' | 'report'>): readonly string[] {
  const addresses = [config?.kind === 'url' ? config.url : undefined, report?.url].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url)] : [],
  );
  const inAddresses = addresses.flatMap(({ password, search, searchParams }) => [
    password,
    search.slice(1),
    ...searchParams.values(),
  ]);
  // A short value, such as that of `v=1`, is no secret, and would be found everywhere.
  return [report?.token ?? '', ...inAddresses].filter((text) => text.length >= 8);
}

/** The text without them. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text);
}
