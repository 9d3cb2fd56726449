/** Paths and what answers them. Pure. */
import { type Answer, Refusal } from './answer.ts';
import type { Request } from './request.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Names between slashes; one that begins with a colon stands for any. */
  readonly path: string;
  /** Whether HEAD is answered like GET, without the body. */
  readonly head?: boolean;
  readonly answer: (request: Request, names: Readonly<Record<string, string>>) => Promise<Answer> | Answer;
}

/** @throws {Refusal} when no route is there, or not for this method. */
export function route(routes: readonly Route[], request: Request): Promise<Answer> | Answer {
  const found = routes.flatMap((each) => {
    const names = namesIn(each.path, request.path);
    return names === undefined ? [] : [{ each, names }];
  });
  const methods = found.flatMap(({ each }) => [each.method, ...(each.head ? ['HEAD'] : [])]);
  const fitting = found.find(
    ({ each }) => each.method === request.method || (each.head && request.method === 'HEAD'),
  );
  if (fitting !== undefined) return fitting.each.answer(request, fitting.names);
  if (methods.length === 0) throw new Refusal(404, 'path-unknown', 'there is nothing at this path');
  throw new Refusal(405, 'method-wrong', 'this path does not take this method', methods.join(', '), {
    allow: methods.join(', '),
  });
}

function namesIn(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const want = wanted[index] ?? '';
    if (want.startsWith(':')) names[want.slice(1)] = part;
    else if (want !== part) return undefined;
  }
  return names;
}
