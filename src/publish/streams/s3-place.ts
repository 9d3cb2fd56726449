/** A bucket as a place for releases. S3 shows a whole object or none, and checks the SHA-256 that it is told. */
import { createReadStream } from 'node:fs';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { UserError } from '../../errors.ts';
import { formatSize, GIB } from '../../units.ts';
import { connectionSettings } from '../aws/connections.ts';
import { isRefusal } from '../aws/fault.ts';
import { Patience, type PatienceOptions } from '../aws/patience.ts';
import { cacheControl, type Place, type PlacedFile } from './place.ts';

/** Of one PutObject. */
const MOST_BYTES = 5 * GIB;
/** Metadata of each object: its SHA-256, hexadecimal. */
const DIGEST = 'sha256';

export interface S3PlaceOptions {
  readonly bucket: string;
  /** Without a slash at its end; may be empty. */
  readonly prefix: string;
  readonly region: string;
  readonly endpointUrl: string | undefined;
  readonly patience: PatienceOptions;
}

export class S3Place implements Place {
  private readonly client: S3Client;
  private readonly patience: Patience;

  constructor(private readonly options: S3PlaceOptions) {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    this.patience = new Patience(options.patience);
    this.client = new S3Client({
      region: options.region,
      ...connectionSettings(),
      // It would tell of failures on its own; patience.ts and the error do.
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      // The SHA-256 of the whole is given with each object.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      ...(options.endpointUrl !== undefined && { endpoint: options.endpointUrl, forcePathStyle: true }),
    });
  }

  get name(): string {
    return `s3://${[this.options.bucket, this.options.prefix].filter((part) => part !== '').join('/')}`;
  }

  async digestOf(key: string): Promise<string | undefined> {
    return this.patience.ask('HeadObject', async () => {
      try {
        const { Metadata } = await this.client.send(new HeadObjectCommand(this.at(key)));
        // Something is there that others wrote: it is not what is wanted, whatever it is.
        return Metadata?.[DIGEST] ?? '';
      } catch (error) {
        if (isRefusal(error, 'NotFound', 'NoSuchKey')) return undefined;
        throw error;
      }
    });
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return this.patience.ask('GetObject', async () => {
      try {
        const { Body } = await this.client.send(new GetObjectCommand(this.at(key)));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (isRefusal(error, 'NoSuchKey', 'NotFound')) return undefined;
        throw error;
      }
    });
  }

  async write(file: PlacedFile): Promise<void> {
    const { key, sizeBytes, sha256, contentType, source } = file;
    if (sizeBytes > MOST_BYTES) {
      throw new UserError('object-too-large', 'S3 takes no object of this size in one piece', {
        where: typeof source === 'string' ? source : key,
        seen: formatSize(sizeBytes),
        needed: `at most ${formatSize(MOST_BYTES)}`,
        next: ['publish a compressed format instead of the raw disk'],
      });
    }
    await this.patience.ask('PutObject', async () => {
      const body = typeof source === 'string' ? createReadStream(source) : source;
      try {
        await this.client.send(
          new PutObjectCommand({
            ...this.at(key),
            Body: body,
            ContentLength: sizeBytes,
            ContentType: contentType,
            CacheControl: cacheControl(file),
            ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
            Metadata: { [DIGEST]: sha256 },
          }),
          { abortSignal: this.patience.signal },
        );
      } finally {
        if ('destroy' in body) body.destroy();
      }
    });
  }

  close(): void {
    this.client.destroy();
  }

  private at(key: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.options;
    return { Bucket: bucket, Key: prefix === '' ? key : `${prefix}/${key}` };
  }
}

function silent(): void {}
