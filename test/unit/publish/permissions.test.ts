/** The policy in docs/publish.md allows what is called, and nothing else. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectHome } from '../../support/builder.ts';

/** Actions that the sources call, such as `ec2:CopyImage`. */
async function called(): Promise<readonly string[]> {
  const folder = join(projectHome, 'src/publish/aws');
  const actions = new Set<string>();
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), 'utf8');
    for (const [, names = '', service = ''] of text.matchAll(
      /import \{([^}]*)\} from '@aws-sdk\/client-(\w+)'/g,
    )) {
      for (const [, command, page] of names.matchAll(/\b(\w+)Command\b|\bpaginate(\w+)\b/g))
        actions.add(`${service}:${command ?? page}`);
    }
  }
  // Everybody may ask who they are.
  actions.delete('sts:GetCallerIdentity');
  return [...actions].sort();
}

test('the policy has every action that is called', async () => {
  const text = await readFile(join(projectHome, 'docs/publish.md'), 'utf8');
  const [, policy = '{}'] = /### Permissions\n[\s\S]*?```json\n([\s\S]*?)```/.exec(text) ?? [];
  const { Statement } = JSON.parse(policy) as { Statement: { Action: string[] }[] };
  const allowed = Statement.flatMap(({ Action }) => Action).sort();
  expect(allowed).toEqual(await called());
});
