/** `basalt publish`: the group of commands that bring a build to where people take it from. One file per command. */
import type { Command } from 'commander';
import { addPublishAws } from './publish-aws.ts';
import { addPublishS3 } from './publish-s3.ts';

export function registerPublish(program: Command): void {
  const publish = program
    .command('publish')
    .description('bring a build to where people take it from')
    .addHelpText(
      'after',
      `
docs/publish.md is the guide: permissions, what is resumed, what is kept.

Example:
  ./basalt publish aws out/aws/1.2.0 --region eu-central-1 --region us-east-1
  ./basalt publish s3 s3://images.example.org out/qemu/1.2.0 out/aws/1.2.0 --key stable.pem
`,
    );
  for (const add of [addPublishAws, addPublishS3]) add(publish);
}
