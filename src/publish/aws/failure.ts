/** What is told when a publication fails half-way: why, what exists by name, and how to go on or to remove it. */
import { BugError, InterruptedError, UserError } from '../../errors.ts';
import { describeFault, faultKind, isAnswer } from './fault.ts';

export interface MadeSoFar {
  readonly region: string;
  readonly snapshotId?: string | undefined;
  readonly imageId?: string | undefined;
  /** People were told of the image: it stays. */
  readonly published?: boolean | undefined;
  /** Ids of what was being taken away. */
  readonly retiring?: ReadonlySet<string> | undefined;
}

export interface Undertaking {
  readonly regions: readonly string[];
  readonly made: readonly MadeSoFar[];
  /** Of the AMI that is made; undefined when none is. */
  readonly name?: string;
}

/** Pure: the error for the person at the keyboard. */
export function explainFailure(error: unknown, { regions, made, name }: Undertaking): Error {
  const there = made.flatMap(namesOf).join('; ');
  const cleanup = `./basalt publish aws cleanup ${regions.map((region) => `--region ${region}`).join(' ')}`;
  const removable = made.some((each) => isLeftover(each) || each.retiring?.size);
  if (error instanceof InterruptedError) {
    if (there === '') return error;
    const remove = removable ? `; ${cleanup} removes what nobody was told of` : '';
    return new InterruptedError(error.message, `there now: ${there}. The same command goes on${remove}`);
  }
  if (error instanceof BugError || error instanceof TypeError || error instanceof ReferenceError) {
    const left = there === '' ? '' : `; there now: ${there}; ${cleanup} removes what nobody was told of`;
    return new BugError(`${error.message}${left}`, { cause: error });
  }
  const known = error instanceof UserError ? error : undefined;
  const kind = faultKind(error);
  const seen =
    known === undefined
      ? describeFault(error)
      : [known.message, known.seen].filter((each) => each !== undefined).join(': ');
  return new UserError(codeOf(kind, known), summaryOf(kind, known, error), {
    seen: there === '' ? seen : `${seen}\nthere now: ${there}`,
    ...(known?.needed !== undefined && { needed: known.needed }),
    where: known?.where ?? regions.join(', '),
    next: [
      ...(known?.next ?? []),
      ...adviceOf(kind),
      there === ''
        ? 'run the same command again when that is mended'
        : 'run the same command again: it goes on where this one stopped',
      ...(removable ? [`or remove what nobody was told of: ${cleanup}`] : []),
      // Whatever was made without an answer has no id that we know, but a name.
      ...(there === '' && name !== undefined && (kind === 'transient' || kind === 'throttled')
        ? [`if an answer was lost, there may be a snapshot with the name ${name}: ${cleanup} --dry-run tells`]
        : []),
    ],
    cause: error,
  });
}

function namesOf({ region, snapshotId, imageId, published, retiring }: MadeSoFar): readonly string[] {
  const ids = [imageId, snapshotId].filter((id) => id !== undefined).join(' of ');
  return [
    ...(ids === '' ? [] : [`${ids} in ${region}${published ? ', published' : ''}`]),
    ...(retiring?.size ? [`${[...retiring].join(', ')} in ${region}, partly removed`] : []),
  ];
}

function isLeftover({ snapshotId, imageId, published }: MadeSoFar): boolean {
  return !published && (snapshotId !== undefined || imageId !== undefined);
}

type Kind = ReturnType<typeof faultKind>;

function codeOf(kind: Kind, known: UserError | undefined): string {
  if (known !== undefined) return known.code;
  if (kind === 'expired') return 'aws-expired';
  return kind === 'credentials' ? 'aws-credentials' : 'aws-failed';
}

function summaryOf(kind: Kind, known: UserError | undefined, error: unknown): string {
  // Not Amazon's: a full disk, for example.
  const foreign = kind === 'final' && !isAnswer(error);
  if (known !== undefined || foreign) return 'publishing stopped half-way';
  switch (kind) {
    case 'expired':
      return 'the credentials expired';
    case 'credentials':
      return 'the credentials were not accepted';
    case 'throttled':
      return 'the service asked for fewer requests until patience ended';
    case 'transient':
      return 'the service did not answer as it should until patience ended';
    case 'doubtful':
      return 'the service refused the same data repeatedly';
    case 'final':
      return 'the service refused';
  }
}

function adviceOf(kind: Kind): readonly string[] {
  if (kind === 'expired') return ['get new credentials, as you got these'];
  if (kind === 'credentials')
    return [
      'aws sts get-caller-identity tells whose credentials these are; docs/publish.md has the ways to give them',
    ];
  if (kind === 'final') return ['docs/publish.md has the permissions that publishing needs'];
  return [];
}
