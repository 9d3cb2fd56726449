/** Tokens: what lets a machine fetch its configuration once, and report. Only their hashes are kept. */
import { createHash, randomBytes } from 'node:crypto';
import type { Database } from 'node-sqlite3-wasm';

/** `config` fetches the configuration once; `report` tells progress, as often as needed. */
export type TokenKind = 'config' | 'report';

/** 256 bits: not to be guessed. base64url has 43 characters for them. */
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** From the machine's question to its installer: firmware that tests memory and a slow download fit in. */
const CONFIG_LIFETIME_MS = 2 * 3600 * 1000;
/** From the installation to the first boot from disk, and some boots after it. */
const REPORT_LIFETIME_MS = 30 * 24 * 3600 * 1000;

/** Whether a token opens something, and if not, why. */
export type TokenVerdict = 'ok' | 'unknown' | 'used' | 'expired';

export class Tokens {
  constructor(
    private readonly database: Database,
    private readonly now: () => number,
  ) {}

  /** Makes the tokens of a machine anew: earlier ones open nothing any more. Call it inside of a transaction. */
  renew(machine: string): Readonly<Record<TokenKind, string>> {
    this.revoke(machine);
    return {
      config: this.make(machine, 'config', CONFIG_LIFETIME_MS),
      report: this.make(machine, 'report', REPORT_LIFETIME_MS),
    };
  }

  /** Ends every token of a machine. */
  revoke(machine: string): void {
    this.database.run('DELETE FROM token WHERE machine = ? OR expires_at < ?', [machine, this.now()]);
  }

  /**
   * Spends the token of a configuration. One statement decides, and it is on the disk when this returns: of two requests
   * one gets `ok`, and after a crash none does.
   */
  spend(machine: string, token: string): TokenVerdict {
    const { changes } = this.database.run(
      "UPDATE token SET used_at = ? WHERE hash = ? AND machine = ? AND kind = 'config' AND used_at IS NULL AND expires_at >= ?",
      [this.now(), hashOf(token), machine, this.now()],
    );
    return changes === 1 ? 'ok' : this.whyNot(machine, token, 'config');
  }

  /** Whether a token lets the machine report. */
  mayReport(machine: string, token: string): TokenVerdict {
    return this.whyNot(machine, token, 'report');
  }

  private make(machine: string, kind: TokenKind, lifetimeMs: number): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.database.run('INSERT INTO token (hash, machine, kind, expires_at) VALUES (?, ?, ?, ?)', [
      hashOf(token),
      machine,
      kind,
      this.now() + lifetimeMs,
    ]);
    return token;
  }

  private whyNot(machine: string, token: string, kind: TokenKind): TokenVerdict {
    if (!TOKEN.test(token)) return 'unknown';
    const found = this.database.get(
      'SELECT used_at, expires_at FROM token WHERE hash = ? AND machine = ? AND kind = ?',
      [hashOf(token), machine, kind],
    );
    if (found === null) return 'unknown';
    if (found.used_at !== null) return 'used';
    return Number(found.expires_at) < this.now() ? 'expired' : 'ok';
  }
}

/** A hash without salt is enough: the token is random, not a word. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
