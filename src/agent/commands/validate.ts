/** `basalt-agent validate`: what `./basalt config validate` says on a laptop, said by the machine. */
import { type Command, CommandError, exitCodes, readArguments } from '../command.ts';
import { problemText } from '../report/run-report.ts';

export const validate: Command = {
  help: `
Checks a cloud-config or a script, and prints every problem and warning with line and column. Changes nothing.
Exit code 0: it can be applied. 3: it has problems.
`,
  async run({ host, arguments: args, print }) {
    const { values } = readArguments(args, []);
    const [file, ...more] = values;
    if (file === undefined || more.length > 0) {
      throw new CommandError('name one file: basalt-agent validate FILE', exitCodes.usage);
    }
    const text = host.readText(file.startsWith('/') ? file : `${host.environment('PWD') ?? ''}/${file}`);
    if (text === undefined) throw new CommandError(`there is no file ${file}`);
    const { readUserData } = await import('../../cloud-config/read.ts');
    const read = readUserData(text, { file });
    const problems = read.kind === 'invalid' ? read.problems : [];
    const warnings = read.kind === 'invalid' || read.kind === 'cloud-config' ? read.warnings : [];
    for (const problem of problems) print(`problem: ${problemText(problem)}`);
    for (const warning of warnings) print(`warning: ${problemText(warning)}`);
    if (problems.length > 0) return exitCodes.invalidInput;
    print(read.kind === 'empty' ? `${file} is empty` : `${file} is a valid ${read.kind}`);
    return exitCodes.ok;
  },
};
