/** `basalt doctor`: what Basalt needs, what is there, and how to get the rest. */
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { printable } from '../report/printable.ts';
import { findNamespaces, findPlatform, findRoom, findSupplies } from './doctor-machine.ts';
import { findPrograms } from './doctor-programs.ts';
import type { Finding } from './finding.ts';
import { installCommand } from './host-packages.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';
import { hanging } from './wrap-text.ts';

/** The result of `doctor`; with `--json` it is printed as it is (docs/reference/json.md). */
export interface DoctorResult {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** The one command that installs all that is missing and has a package. */
  readonly install: string | undefined;
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('show each prerequisite, what was found, and how to get it')
    .addHelpText(
      'after',
      '\nEnds with exit code 1 when something that is needed is missing.\n\nExample:\n  ./basalt doctor\n',
    )
    .action((options: CommonOptions) =>
      inSession(options, async (session) => {
        const result = await examine(session);
        await showResult(session, 'doctor', result, doctorLines);
        if (!result.ok) throw missingError(result);
      }),
    );
}

async function examine({ store, identity, signal }: Session): Promise<DoctorResult> {
  const groups = await Promise.all([
    findPlatform(),
    findPrograms(identity, signal),
    findNamespaces(identity, signal),
    findRoom(store),
    findSupplies(store, identity, signal),
  ]);
  const findings = groups.flat();
  const packages = new Set(
    findings.flatMap((finding) =>
      finding.state === 'missing' && finding.package !== undefined ? [finding.package] : [],
    ),
  );
  return {
    ok: findings.every(({ state }) => state !== 'missing'),
    findings,
    install: packages.size === 0 ? undefined : installCommand([...packages], identity),
  };
}

function missingError({ findings, install }: DoctorResult): UserError {
  const missing = findings.filter(({ state }) => state === 'missing');
  const others = missing.filter((finding) => finding.package === undefined);
  return new UserError('prerequisites-missing', 'something that Basalt needs is missing', {
    seen: missing.map(({ name, found }) => `${name}: ${found}`).join('; '),
    next: [
      ...(install === undefined ? [] : [`run: ${install}`]),
      ...others.map(({ name, next }) => `${name}: ${next}`),
    ],
  });
}

const marks = { ok: ['ok', 'good'], missing: ['MISSING', 'bad'], note: ['note', 'warning'] } as const;

/** A line for each finding; what it is for where it is not simply there. */
function doctorLines({ findings, ok }: DoctorResult, { paint, columns }: Page): readonly string[] {
  const nameWidth = Math.max(...findings.map(({ name }) => name.length));
  return [
    ...findings.flatMap(({ name, state, found, purpose }) => {
      const [mark, tone] = marks[state];
      const label = `${mark.padEnd(7)}  ${name.padEnd(nameWidth)}  `;
      const text = state === 'ok' ? found : `${found} (${purpose})`;
      const [first = '', ...rest] = hanging(label, printable(text), columns);
      return [paint(tone, mark.padEnd(7)) + first.slice(7), ...rest];
    }),
    '',
    ok ? paint('good', 'everything needed is there') : paint('bad', 'something needed is missing'),
  ];
}
