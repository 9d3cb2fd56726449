/** Every machine that was seen, its stage and its tokens: the server's memory. */
import type { Database } from 'node-sqlite3-wasm';
import type { MachineFacts } from '../machines/facts.ts';
import { inTransaction } from './database.ts';
import { type KnownMachine, machineOf } from './machine.ts';
import { type Report, type Stage, stageAfter } from './stage.ts';
import { type TokenKind, Tokens, type TokenVerdict } from './tokens.ts';

/** Machines without an entry that are remembered: a flood of made-up MACs must not fill the disk. */
const STRANGERS_MAXIMUM = 1000;
const ERROR_MAXIMUM_CHARACTERS = 500;

const SELECT = `SELECT machine.*, (SELECT group_concat(mac, ' ') FROM card WHERE card.machine = machine.id) AS macs FROM machine`;

/** What tells machines apart. */
type Identity = Pick<MachineFacts, 'mac'> & Partial<MachineFacts>;

/** What a machine is given when it asks. */
export interface Gift {
  readonly profile: string;
  readonly image: string;
  readonly version: string;
}

export class Registry {
  private readonly tokens: Tokens;
  /** Called after every change. */
  onChange: () => void = () => undefined;

  /** @param now In ms since 1970. */
  constructor(
    private readonly database: Database,
    private readonly now: () => number,
  ) {
    this.tokens = new Tokens(database, now);
  }

  /** All machines, the last seen first. */
  all(): readonly KnownMachine[] {
    return this.database.all(`${SELECT} ORDER BY seen_at DESC, id`).map(machineOf);
  }

  byId(id: string): KnownMachine | undefined {
    const row = this.database.get(`${SELECT} WHERE id = ?`, [id]);
    return row === null ? undefined : machineOf(row);
  }

  /** A card was on the network: all that is known of a machine before it asks. */
  see(mac: string): void {
    inTransaction(this.database, () => this.open({ mac }));
    this.onChange();
  }

  /** A machine asked: it is remembered with what it says of itself. */
  meet(facts: MachineFacts, address: string): KnownMachine {
    const id = inTransaction(this.database, () => {
      const found = this.open(facts);
      this.database.run(
        `UPDATE machine SET uuid = coalesce(?, uuid), service_tag = coalesce(?, service_tag), vendor = coalesce(?, vendor),
         model = coalesce(?, model), address = ? WHERE id = ?`,
        [
          facts.uuid ?? null,
          facts.serviceTag ?? null,
          facts.vendor ?? null,
          facts.model ?? null,
          address,
          found,
        ],
      );
      return found;
    });
    this.onChange();
    return this.byId(id) as KnownMachine;
  }

  /** The entry of machines.yaml that is for a machine. */
  name(id: string, profile: string): void {
    this.database.run('UPDATE machine SET profile = ? WHERE id = ?', [profile, id]);
  }

  /** An installation begins. @returns New tokens; those of an earlier one open nothing any more. */
  begin(id: string, gift: Gift): Readonly<Record<TokenKind, string>> {
    const tokens = inTransaction(this.database, () => {
      this.database.run(
        `UPDATE machine SET stage = 'asked', percent = NULL, running_version = NULL, last_error = NULL, attempts = attempts + 1,
         profile = ?, image = ?, version = ?, changed_at = ? WHERE id = ?`,
        [gift.profile, gift.image, gift.version, this.now(), id],
      );
      return this.tokens.renew(id);
    });
    this.onChange();
    return tokens;
  }

  /** Something is wrong with a machine, or was refused to it. */
  fail(id: string, error: string): void {
    this.database.run('UPDATE machine SET last_error = ? WHERE id = ?', [shortened(error), id]);
    this.onChange();
  }

  /** The installation is to begin anew with the next question, or not at all. @returns False for an unknown machine. */
  arm(id: string, armed: boolean): boolean {
    const { changes } = this.database.run(
      'UPDATE machine SET armed = ?, attempts = 0, last_error = NULL WHERE id = ?',
      [armed ? 1 : 0, id],
    );
    this.onChange();
    return changes === 1;
  }

  /** A file of an image is fetched from an address: the machine that asked from there loads it. */
  loadingFrom(address: string): void {
    const { changes } = this.database.run(
      "UPDATE machine SET stage = 'loading', changed_at = ? WHERE address = ? AND stage = 'asked'",
      [this.now(), address],
    );
    if (changes > 0) this.onChange();
  }

  spendConfigToken(id: string, token: string): TokenVerdict {
    return this.tokens.spend(id, token);
  }

  mayReport(id: string, token: string): TokenVerdict {
    return this.tokens.mayReport(id, token);
  }

  /** What a machine reports of itself. @returns Its stage when the report cannot be true there. */
  report(
    id: string,
    report: {
      readonly stage: Report;
      readonly percent?: number;
      readonly version?: string;
      readonly message?: string;
    },
  ): { readonly refusedIn: Stage } | undefined {
    const machine = this.byId(id);
    const before = machine?.stage ?? 'seen';
    const stage = stageAfter(before, report.stage);
    if (stage === undefined) return { refusedIn: before };
    const failed = report.stage === 'failed';
    this.database.run(
      `UPDATE machine SET stage = ?1, percent = CASE WHEN ?2 THEN percent ELSE ?3 END,
       running_version = CASE WHEN ?1 IN ('installed', 'running') THEN coalesce(?4, running_version, version) ELSE NULL END,
       last_error = CASE WHEN ?2 THEN ?5 ELSE NULL END,
       armed = CASE WHEN ?1 IN ('installed', 'running') AND stage <> ?1 THEN 0 ELSE armed END,
       attempts = CASE WHEN ?1 = 'running' THEN 0 ELSE attempts END,
       changed_at = CASE WHEN stage = ?1 THEN changed_at ELSE ?6 END, seen_at = ?6 WHERE id = ?7`,
      [
        stage,
        failed ? 1 : 0,
        report.percent ?? null,
        report.version ?? null,
        failed
          ? shortened(report.message ?? 'the installation failed, and the machine does not say why')
          : null,
        this.now(),
        id,
      ],
    );
    this.onChange();
    return undefined;
  }

  /** The id of the machine with this card or UUID; a new machine otherwise. Inside of a transaction. */
  private open(facts: Identity): string {
    const found = this.find(facts) ?? this.add(facts);
    this.database.run(
      'INSERT INTO card (mac, machine) VALUES (?1, ?2) ON CONFLICT (mac) DO UPDATE SET machine = ?2',
      [facts.mac, found],
    );
    this.database.run('UPDATE machine SET seen_at = ? WHERE id = ?', [this.now(), found]);
    return found;
  }

  private find({ mac, uuid, serviceTag }: Identity): string | undefined {
    // Boards that share a UUID by mistake have serial numbers of their own.
    const same =
      uuid === undefined
        ? null
        : this.database.get(
            'SELECT id FROM machine WHERE uuid = ?1 AND (service_tag IS NULL OR ?2 IS NULL OR service_tag = ?2)',
            [uuid, serviceTag ?? null],
          );
    // A card that was moved into another machine is not that machine.
    const row =
      same ??
      this.database.get(
        `SELECT id FROM machine JOIN card ON card.machine = id
         WHERE mac = ?1 AND (uuid IS NULL OR ?2 IS NULL OR (uuid = ?2 AND service_tag IS ?3))`,
        [mac, uuid ?? null, serviceTag ?? null],
      );
    return typeof row?.id === 'string' ? row.id : undefined;
  }

  private add({ mac, uuid }: Identity): string {
    const digits = mac.replaceAll(':', '');
    const taken = this.byId(digits) !== undefined;
    const id = taken ? `${digits}-${uuid?.slice(0, 8) ?? 'other'}` : digits;
    this.database.run(
      `DELETE FROM machine WHERE profile IS NULL AND id NOT IN
       (SELECT id FROM machine WHERE profile IS NULL ORDER BY seen_at DESC LIMIT ?)`,
      [STRANGERS_MAXIMUM - 1],
    );
    this.database.run(
      `INSERT INTO machine (id, stage, armed, attempts, seen_at, changed_at) VALUES (?1, 'seen', 1, 0, ?2, ?2)
       ON CONFLICT (id) DO NOTHING`,
      [id, this.now()],
    );
    return id;
  }
}

function shortened(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return line.length <= ERROR_MAXIMUM_CHARACTERS ? line : `${line.slice(0, ERROR_MAXIMUM_CHARACTERS)}…`;
}
