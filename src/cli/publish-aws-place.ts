/** Where in Amazon's cloud: the options that the commands of `publish aws` have in common. */
import { type Command, Option } from 'commander';
import { exitCodes, UserError } from '../errors.ts';
import { invalidOption } from './release-context.ts';
import type { CommonOptions } from './session.ts';

export interface AwsPlaceOptions extends CommonOptions {
  readonly region: readonly string[];
  readonly ssmPrefix: string;
  readonly endpointUrl?: string;
}

/** Adds the options that say where in Amazon's cloud. */
export function withAwsPlace(command: Command): Command {
  return command
    .addOption(
      new Option('--region <region>', 'region, may be repeated; the disk is sent to the first')
        .argParser(repeated)
        .default([], '$AWS_REGION'),
    )
    .option('--ssm-prefix <path>', 'where SSM parameters are', '/basalt')
    .option('--endpoint-url <url>', 'of an emulator (default: $AWS_ENDPOINT_URL)');
}

/** The regions asked for, or the one of the environment. @throws {UserError} */
export function regionsOf({ region }: AwsPlaceOptions): readonly string[] {
  const named = region.length > 0 ? region : [process.env.AWS_REGION, process.env.AWS_DEFAULT_REGION];
  const regions = [...new Set(named.filter((each) => each !== undefined && each !== ''))] as string[];
  if (regions.length === 0) {
    throw new UserError('region-missing', 'no region is named', {
      exitCode: exitCodes.usage,
      needed: '--region, or AWS_REGION in the environment',
      next: ['./basalt publish aws … --region eu-central-1'],
    });
  }
  for (const each of regions) {
    if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(each)) throw invalidOption('--region', each, 'such as eu-central-1');
  }
  return regions;
}

/** Such as `/basalt`; without a slash at its end. @throws {UserError} */
export function prefixOf({ ssmPrefix }: AwsPlaceOptions): string {
  const prefix = ssmPrefix.replace(/\/+$/, '');
  if (/^(\/[A-Za-z0-9_.-]+)+$/.test(prefix) && !/^\/(aws|ssm)/i.test(prefix)) return prefix;
  throw invalidOption(
    '--ssm-prefix',
    ssmPrefix,
    'a path such as /basalt, which may not begin with aws or ssm',
  );
}

/** Of an emulator. The SDK reads its environment variable itself, but is told so in one way here. */
export function endpointOf({ endpointUrl }: AwsPlaceOptions): string | undefined {
  const url = endpointUrl ?? process.env.AWS_ENDPOINT_URL;
  if (url === undefined || url === '') return undefined;
  if (!URL.canParse(url)) throw invalidOption('--endpoint-url', url, 'a URL such as http://127.0.0.1:5000');
  return url;
}

/** Collects an option that may be given several times. */
export function repeated(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
