import { expect, test } from 'vitest';
import { InterruptedError, UserError } from '../../../src/errors.ts';
import { explainFailure, type Undertaking } from '../../../src/publish/aws/failure.ts';

const regions = ['eu-central-1'];
const cut = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const refused = Object.assign(new Error('no'), {
  $metadata: { httpStatusCode: 400 },
  name: 'UnauthorizedOperation',
});

function explained(error: unknown, what: Partial<Undertaking>): UserError {
  const told = explainFailure(error, { regions, made: [], ...what });
  expect(told).toBeInstanceOf(UserError);
  return told as UserError;
}

test('what was made without an answer has no id, but a name', () => {
  const name = 'basalt/aws/1/amd64/abababababab';
  const lost = explained(cut, { name });
  expect(lost.next.join('\n')).toMatch(/there may be a snapshot with the name basalt\/aws.* --dry-run/);
  // A refusal makes nothing.
  expect(explained(refused, { name }).next.join('\n')).not.toContain('there may be');
});

test('clean-up is offered for what it removes, and for nothing else', () => {
  const made = (published: boolean) => [
    { region: 'eu-central-1', imageId: 'ami-1', snapshotId: 'snap-1', published },
  ];
  const half = explained(refused, { made: made(false) });
  expect(half.seen).toContain('there now: ami-1 of snap-1 in eu-central-1');
  expect(half.next.at(-1)).toContain('./basalt publish aws cleanup --region eu-central-1');
  const told = explained(refused, { made: made(true) });
  expect(told.seen).toContain('ami-1 of snap-1 in eu-central-1, published');
  expect(told.next.join('\n')).not.toContain('cleanup');
  const interrupted = explainFailure(new InterruptedError(), { regions, made: made(true) });
  expect((interrupted as InterruptedError).left).toMatch(/ami-1.*goes on$/);
});
