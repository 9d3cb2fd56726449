/** A member of an etcd cluster, as `etcdctl member list` and the peers' `/members` tell it. */

export interface Member {
  /** In hexadecimal, as etcdctl writes it. Undefined in what a peer tells: its JSON number is too large to be exact. */
  readonly id: string | undefined;
  /** Empty until it has started for the first time, or it is a member of the first bootstrap. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty until it has told them to the cluster: it never ran. */
  readonly clientUrls: readonly string[];
  readonly learner: boolean;
}

/** Parses `etcdctl member list` in its simple form: `ID, started, NAME, PEERS, CLIENTS, IS LEARNER`. */
export function parseMemberList(text: string): Member[] {
  return text
    .split('\n')
    .map((line) => line.split(', '))
    .filter((fields) => fields.length >= 6)
    .map(([id, , name = '', peers = '', clients = '', learner = '']) => ({
      id,
      name,
      peerUrls: urls(peers),
      clientUrls: urls(clients),
      learner: learner.trim() === 'true',
    }));
}

/** Parses what a peer answers to `GET /members`. @throws {SyntaxError} when it is something else. */
export function parsePeerMembers(json: string): Member[] {
  const value: unknown = JSON.parse(json);
  if (!Array.isArray(value)) throw new SyntaxError('no list of members');
  return value.map((each: Record<string, unknown>) => ({
    id: undefined,
    name: typeof each.name === 'string' ? each.name : '',
    peerUrls: texts(each.peerURLs),
    clientUrls: texts(each.clientURLs),
    learner: each.isLearner === true,
  }));
}

/** Whether two lists of addresses are the same, whatever their order. */
export function sameUrls(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && [...left].sort().join() === [...right].sort().join();
}

/** The members as `initial-cluster` names them; one that never started gets a name that only stands for it. */
export function initialClusterOf(
  members: readonly Member[],
  own: { name: string; peerUrls: readonly string[] },
): string {
  return members
    .flatMap((member) => {
      const name = sameUrls(member.peerUrls, own.peerUrls)
        ? own.name
        : member.name || `unstarted-${member.id}`;
      return member.peerUrls.map((url) => `${name}=${url}`);
    })
    .join(',');
}

function urls(text: string): string[] {
  return text.split(',').filter((url) => url !== '');
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
