import { describe, expect, it } from 'vitest';
import { failure, lines, problemsOfText, recipeFolder } from './recipe-folder.ts';

describe('the text of a recipe', () => {
  it('tells both places of a duplicate key, and goes on checking', async () => {
    expect(await problemsOfText('description: x\nsuite: trixie\nsuite: sid\nbogus: 1\n')).toEqual([
      'x.yaml:3:1: "suite" is written twice: first in line 2 | write the key once, with all of its values',
      expect.stringContaining('x.yaml:4:1: unknown key "bogus"'),
    ]);
  });

  it('takes keys that are methods elsewhere for keys', async () => {
    expect(await problemsOfText('description: x\nformats: [{toString: a, valueOf: b}]\n')).toEqual([
      expect.stringContaining('x.yaml:2:11: formats[0] is a map, which is not one of the choices'),
    ]);
  });

  it('does not know merge keys, which YAML 1.2 does not have', async () => {
    const problems = await problemsOfText(
      'description: x\nfiles:\n  - &f {path: /etc/a, content: a}\n  - <<: *f\n    path: /etc/b\n    content: c\n',
    );
    expect(problems).toEqual([expect.stringContaining('x.yaml:4:5: unknown key "<<" in files[1]')]);
  });

  it.each([
    ['', 'the recipe has no value'],
    ['[]', 'the recipe is a list, not a map'],
    ['a: [', ''],
  ])('refuses %j as a whole', async (text, message) => {
    const problems = await problemsOfText(text);
    expect(problems[0]).toContain('x.yaml:1:');
    expect(problems[0]).toContain(message);
  });

  it('tells a syntax error once, at its place, not all that follows from it', async () => {
    expect(
      await problemsOfText('description: x\nsuite: sid]\nkernel: {}]\nformats: [raw]\ntrim: {}\n'),
    ).toEqual([
      'x.yaml:3:11: Unexpected flow-seq-end token in YAML stream: "]" | mend the YAML first: the rest of this file was not checked',
    ]);
  });

  it('must be UTF-8 and at most 1 MiB', async () => {
    const folder = await recipeFolder({
      'a.yaml': new Uint8Array([0xff, 0xfe, 0xc3, 0x28]),
      'b.yaml': `description: x\n#${'x'.repeat(1024 * 1024)}`,
    });
    expect(lines(await failure('a', folder), folder)).toEqual([
      'a.yaml:0:0: the file is not UTF-8 text | save it as UTF-8',
    ]);
    expect(lines(await failure('b', folder), folder)).toEqual([
      'b.yaml:0:0: the file has 1.0 MiB | a recipe has at most 1 MiB; put large content into files beside it',
    ]);
  });
});
