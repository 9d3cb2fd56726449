/**
 * Work that the BMC does by itself after it has answered 202 (DSP0266, "Asynchronous operations"). Its monitor answers 202
 * until the work is over; iDRAC hands out the Task itself, which answers 200 and says in TaskState how far it is.
 */
import { UserError } from '../errors.ts';
import { type Answer, retryAfterMs } from './exchange.ts';
import { BmcRefusal, TaskVanished, tooLate } from './failure.ts';
import { type Json, listOf, numberOf, textOf } from './json.ts';
import { messagesIn, sayMessages } from './message.ts';
import { type Pace, pause } from './pace.ts';

/** How a look at a monitor ended. */
export type TaskView =
  | { readonly state: 'running'; readonly percent: number | undefined; readonly said: string }
  | { readonly state: 'done'; readonly body: Json | undefined }
  | { readonly state: 'failed'; readonly said: string };

/** TaskState, in the schema of Task. `Suspended`, `Pending` and `Interrupted` may go on, so the time limit decides. */
const FAILED = ['Killed', 'Exception', 'Cancelled'];
const DONE = ['Completed'];

/** Reads a monitor's answer. */
export function viewTask({ status, body }: Pick<Answer, 'status' | 'body'>): TaskView {
  const isTask = body !== undefined && /^#(Task\.|DellJob\.)/.test(textOf(body, '@odata.type') ?? '');
  if (!isTask)
    return status === 202 ? { state: 'running', percent: undefined, said: '' } : { state: 'done', body };
  const state = textOf(body, 'TaskState') ?? '';
  // iDRAC ends a job as Completed that it marks as failed in its own part.
  const job = textOf(body, 'Oem', 'Dell', 'JobState') ?? '';
  const said = saidBy(body);
  if (FAILED.includes(state) || /^Failed|WithErrors$/i.test(job))
    return { state: 'failed', said: said || state };
  if (DONE.includes(state)) {
    return textOf(body, 'TaskStatus') === 'Critical'
      ? { state: 'failed', said: said || state }
      : { state: 'done', body };
  }
  return { state: 'running', percent: numberOf(body, 'PercentComplete'), said: said || state };
}

function saidBy(body: Json): string {
  const dell = textOf(body, 'Oem', 'Dell', 'Message');
  const own = sayMessages(messagesIn({ Messages: listOf(body, 'Messages') }));
  return [own, dell ?? ''].filter((text) => text !== '').join('\n');
}

/**
 * Follows a task to its end.
 * @param look One look at the monitor.
 * @param what In an error: what the task is for, such as `the virtual medium`.
 * @returns The body that came with the end.
 * @throws {UserError} `bmc-task-failed`, `bmc-time-limit`, and what `look` throws.
 */
export async function followTask(
  look: () => Promise<Answer>,
  options: {
    readonly what: string;
    readonly where: string;
    readonly pace: Pace;
    readonly signal: AbortSignal;
    readonly onProgress: (text: string) => void;
  },
): Promise<Json | undefined> {
  const { what, where, pace, signal } = options;
  const endMs = performance.now() + pace.taskLimitMs;
  let told = '';
  for (;;) {
    const answer = await look().catch((error: unknown) => {
      throw error instanceof BmcRefusal && error.status === 404
        ? new TaskVanished(what, where, error)
        : error;
    });
    const view = viewTask(answer);
    if (view.state === 'done') return view.body;
    if (view.state === 'failed') {
      throw new UserError('bmc-task-failed', `the BMC's task for ${what} failed`, { where, seen: view.said });
    }
    const percent = view.percent === undefined ? '' : `${view.percent} %`;
    const text = [percent, view.said.split('\n')[0] ?? ''].filter((part) => part !== '').join(', ');
    if (text !== '' && text !== told) options.onProgress(`task for ${what}: ${text}`);
    told = text;
    if (performance.now() > endMs) {
      throw tooLate(
        `the BMC's task for ${what} does not end`,
        where,
        `${text || 'still running'} after ${pace.taskLimitMs / 1000} s`,
        ['look at the task on the BMC; iDRAC has a job queue that may have to be cleared'],
      );
    }
    await pause(
      Math.min(retryAfterMs(answer.headers['retry-after']) ?? pace.pollMs, 10 * pace.pollMs),
      signal,
    );
  }
}
