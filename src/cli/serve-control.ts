/** Asks the server that runs, over its socket: only its own user and root can. */
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { UserError } from '../errors.ts';
import { CONTROL_SOCKET } from '../provision/control-socket.ts';

const TIMEOUT_MS = 10_000;

/**
 * @param state Folder of the server's state.
 * @param body For a change; without it, a question.
 * @throws {UserError} when no server answers, or it refuses.
 */
export async function askServer<T>(state: string, path: string, body?: unknown): Promise<T> {
  const { status, answer } = await exchange(join(state, CONTROL_SOCKET), path, body);
  const value = JSON.parse(answer) as T & { error?: { code: string; message: string; needed?: string } };
  if (status === 200) return value;
  const { code, message, needed } = value.error ?? {
    code: 'serve-refused',
    message: `the server answers ${status}`,
  };
  throw new UserError(code, message, needed === undefined ? {} : { needed });
}

function exchange(
  socketPath: string,
  path: string,
  body: unknown,
): Promise<{ readonly status: number; readonly answer: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        path,
        method: body === undefined ? 'GET' : 'POST',
        timeout: TIMEOUT_MS,
        headers: {
          connection: 'close',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      },
      (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject);
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    sent.once('error', (cause) =>
      reject(
        new UserError('serve-not-running', 'no server answers', {
          where: socketPath,
          seen: cause.message,
          next: ['start it: ./basalt serve machines.yaml', 'or name the folder of its state: --state DIR'],
          cause,
        }),
      ),
    );
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
