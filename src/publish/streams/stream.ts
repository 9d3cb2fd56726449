/**
 * Stream metadata: what a stream offers now, for programs that pick an image (`streams/NAME.json`). The idea is that of
 * Fedora CoreOS's stream metadata. The JSON Schema is made from here: `./basalt schema stream`.
 */
import { z } from 'zod';

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256, hexadecimal');

const location = z
  .string()
  .describe('URI reference (RFC 3986), relative to the URL of this file unless it is absolute');

const streamFileSchema = z.strictObject({
  location,
  sizeBytes: z.number().int().nonnegative(),
  sha256,
  uncompressedSha256: sha256
    .optional()
    .describe('of the raw disk that a compressed file holds: SHA-256, hexadecimal'),
});

const signatureSchema = z.strictObject({
  location,
  key: z
    .string()
    .describe('where the public key is, as location; get it once, and from a place that you trust'),
  keyId: z.string().describe('SHA-256 of the key, as in update repositories'),
});

const offerSchema = z.strictObject({
  image: z
    .string()
    .optional()
    .describe('which image it is of, where the platform is not named after it: of metal'),
  version: z.string(),
  publishedAt: z.iso.datetime().describe('when this version came to the stream'),
  builtFrom: z.iso.datetime().describe('date of the package lists it was built from'),
  rootHash: z.string().describe('of the verified root'),
  kernelRelease: z.string(),
  liveArguments: z
    .string()
    .optional()
    .describe("the kernel's arguments of the live system, for PXE: of metal"),
  formats: z
    .record(z.string(), streamFileSchema)
    .describe(
      'disks by format, such as raw, raw.zst, qcow2, vmdk; of metal: iso, live-uki, and pxe, an initrd for the kernel in files',
    ),
  files: z
    .record(z.string(), streamFileSchema)
    .describe('what else there is, by role, such as uki, kernel, sbom, lock; manifest is manifest.json'),
  sums: z
    .strictObject({ location, sha256, signature: signatureSchema.optional() })
    .describe('SHA256SUMS of all files, and its signature'),
  aws: z
    .strictObject({ regions: z.record(z.string(), z.strictObject({ image: z.string() })) })
    .optional()
    .describe('the AMI in each region'),
  previous: z
    .strictObject({ version: z.string(), manifest: location, lock: location })
    .optional()
    .describe('what the stream offered before'),
});

export const streamSchema = z
  .strictObject({
    basaltStream: z.literal(1).describe('version of this format'),
    stream: z.string().describe('such as stable'),
    updatedAt: z.iso.datetime(),
    signatures: z
      .string()
      .optional()
      .describe('where signatures of this file are: SHA256 stands for the SHA-256 of its bytes'),
    platforms: z
      .record(z.string(), z.record(z.string(), offerSchema))
      .describe(
        'image, such as qemu or aws, or metal for live systems that install one → architecture, as Debian names it → what there is',
      ),
  })
  .describe('What a stream offers now');

export type Stream = z.infer<typeof streamSchema>;
export type Offer = z.infer<typeof offerSchema>;
export type StreamFile = z.infer<typeof streamFileSchema>;

/** JSON Schema of stream metadata, draft 7 as the others. */
export function streamJsonSchema(): unknown {
  return z.toJSONSchema(streamSchema, { target: 'draft-7', io: 'input' });
}
