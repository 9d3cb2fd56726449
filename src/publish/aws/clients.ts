/** The SDK's clients, one of each service and region. Credentials come from the SDK's ordinary chain. */
import { EBSClient } from '@aws-sdk/client-ebs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { connectionSettings } from './connections.ts';

export interface ClientOptions {
  /** Of an emulator; Amazon's own by default. */
  readonly endpointUrl: string | undefined;
  /** After which a silent connection is given up. */
  readonly silentMs?: number | undefined;
}

export class Clients {
  private readonly open: { destroy(): void }[] = [];
  private readonly ebsOf: (region: string) => EBSClient;
  private readonly ec2Of: (region: string) => EC2Client;
  private readonly ssmOf: (region: string) => SSMClient;

  constructor(private readonly options: ClientOptions) {
    // What later versions of the SDK will need is said by package.json's lock, and is no news for who publishes.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    this.ebsOf = this.perRegion((region) => new EBSClient(this.settings(region)));
    this.ec2Of = this.perRegion((region) => new EC2Client(this.settings(region)));
    this.ssmOf = this.perRegion((region) => new SSMClient(this.settings(region)));
  }

  ebs(region: string): EBSClient {
    return this.ebsOf(region);
  }

  ec2(region: string): EC2Client {
    return this.ec2Of(region);
  }

  ssm(region: string): SSMClient {
    return this.ssmOf(region);
  }

  sts(region: string): STSClient {
    const client = new STSClient(this.settings(region));
    this.open.push(client);
    return client;
  }

  /** Closes their connections. */
  close(): void {
    for (const client of this.open) client.destroy();
  }

  private settings(region: string) {
    const { endpointUrl, silentMs } = this.options;
    return {
      region,
      ...connectionSettings(silentMs),
      ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
    };
  }

  private perRegion<T extends { destroy(): void }>(make: (region: string) => T): (region: string) => T {
    const made = new Map<string, T>();
    return (region) => {
      const client = made.get(region) ?? make(region);
      if (!made.has(region)) this.open.push(client);
      made.set(region, client);
      return client;
    };
  }
}
