/** The pipelines of templates/ci are YAML, and every basalt command in them exists with the options that they give it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { hostPrograms, testPrograms } from '../../../src/cli/host-packages.ts';
import type { Identity } from '../../../src/exec/identity.ts';
import { projectHome } from '../../support/builder.ts';

const files = ['github-actions.yml', 'gitlab-ci.yml'];

/** Every string of a document. */
function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(strings);
}

/** The words of each call of basalt, as a shell would see them, without what is quoted or expanded in them. */
function calls(text: string): readonly (readonly string[])[] {
  const commands = strings(parse(text)).flatMap((each) => each.replace(/\\\n\s*/g, ' ').split('\n'));
  return commands
    .filter((line) => line.trim().startsWith('./basalt '))
    .map((line) =>
      line
        .replace(/\$\{\{.*?\}\}/g, 'VALUE')
        .trim()
        .split(/\s+/)
        .slice(1),
    );
}

/** What `--help` of a command lists; an unknown command ends with an error. */
async function optionsOf(command: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const { stdout, exitCode } = await execa(join(projectHome, 'basalt'), [...command, '--help'], {
    reject: false,
  });
  expect(exitCode, command.join(' ')).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: basalt ${command.join(' ')}`));
  const found = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)( <[^>]+>)?/gm)];
  return new Map(found.map(([, name = '', value]) => [name, value !== undefined]));
}

describe.each(files)('%s', (name) => {
  const read = () => readFile(join(projectHome, 'templates/ci', name), 'utf8');

  test('it builds, verifies, tests, and publishes', async () => {
    const commands = calls(await read()).map((words) => words.join(' '));
    for (const start of ['build qemu', 'build aws', 'verify ', 'test', 'publish aws ', 'publish s3 '])
      expect(
        commands.some((command) => command.startsWith(start)),
        start,
      ).toBe(true);
    expect(commands.findIndex((each) => each.startsWith('publish aws'))).toBeLessThan(
      commands.findIndex((each) => each.startsWith('publish s3')),
    );
  });

  test('it installs what builds and tests need of the machine', async () => {
    const [, installed = ''] = /apt-get install --yes --no-install-recommends (.*)/.exec(await read()) ?? [];
    const needed = [...hostPrograms({ kind: 'user' } as Identity), ...testPrograms].map(
      (each) => each.package,
    );
    // These are in every Debian and Ubuntu.
    const missing = needed.filter(
      (each) => !['util-linux', 'tar', 'apt', ...installed.split(' ')].includes(each),
    );
    expect(missing).toEqual([]);
    if (name.startsWith('github')) expect(installed).toContain('gpg debian-archive-keyring');
  });

  test('every command exists with these options', async () => {
    for (const words of calls(await read())) {
      const command = words[0] === 'publish' ? words.slice(0, 2) : words.slice(0, 1);
      const known = await optionsOf(command);
      for (const [index, word] of words.entries()) {
        if (!word.startsWith('--')) continue;
        expect([...known.keys()], words.join(' ')).toContain(word);
        if (known.get(word)) expect(words[index + 1], words.join(' ')).not.toMatch(/^(--.*)?$/);
      }
    }
  });

  test('keys and credentials are not in it, and what publishes runs once at a time', async () => {
    const text = await read();
    expect(text).not.toMatch(/AKIA|BEGIN .*PRIVATE|aws_secret_access_key/i);
    expect(text).toMatch(/concurrency: publish|resource_group: publish/);
    expect(text).toContain('rm -f stable.pem');
  });

  test('the journal of an upload is kept of a run that failed too', async () => {
    const saving = parse(await read()).jobs?.publish.steps.find(({ uses = '' }: { uses?: string }) =>
      uses.startsWith('actions/cache/save@'),
    );
    const { cache } = parse(await read()).publish ?? {};
    const kept = saving === undefined ? cache?.paths : [saving.with.path];
    expect(kept).toEqual(['.basalt-store/publish']);
    expect(saving === undefined ? cache.when : saving.if).toMatch(/^always/);
  });
});
