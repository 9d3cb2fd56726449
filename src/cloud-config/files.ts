/** `write_files`. */
import { decodeBase64, encodeUtf8 } from './base64.ts';
import type { Claims } from './claims.ts';
import type { FileConfig } from './config.ts';
import { filePathFault } from './file-path.ts';
import { ownerFault } from './names.ts';
import type { Part } from './part.ts';
import type { Report } from './report.ts';
import { list, section, text } from './shape.ts';

const ENCODINGS = ['base64', 'b64', 'gzip', 'gz', 'gz+base64', 'gzip+base64', 'gz+b64', 'gzip+b64'];

const CLOUD_INIT = 'a key of cloud-init';

/** The form of `write_files`. */
export const filesShape = list(
  'files to write, each time the machine starts; those of an earlier configuration that are not here any more are removed',
  section(
    'a file',
    {
      path: text('where, below /etc, /var, /run, /tmp, /home, /root, /srv, /opt, /mnt or /usr/local', {
        check: filePathFault,
        pattern: '^/',
      }),
      content: text('what the file holds, as it is or in the encoding below'),
      permissions: {
        kind: 'mode',
        description: 'permission bits in octal, in quotes, such as "0644", which is the default',
      },
      owner: text('user, or user:group, by name or number; root when left out', { check: ownerFault }),
      encoding: text(
        'how content is written: base64, gzip (compressed, for binary YAML text), or gz+base64',
        {
          choices: ENCODINGS,
        },
      ),
    },
    {
      required: ['path'],
      refused: {
        append: `${CLOUD_INIT}; write the whole file: applying twice must give the same`,
        defer: `${CLOUD_INIT}; users: are made before files are written, so nothing has to wait`,
        source: `${CLOUD_INIT}; write the content, or fetch it from a unit that runs curl`,
        mode: 'write permissions',
        text: 'write content',
      },
    },
  ),
);

/** Reads them. */
export function readFiles(part: Part | undefined, report: Report, claims: Claims): FileConfig[] {
  return (part?.items ?? []).flatMap((entry) => {
    const path = entry.get('path');
    if (path === undefined) return [];
    claims.take(path.specimen, 'write_files', path.place);
    if (!entry.has('content'))
      report.warning(
        entry.place,
        `${path.text} gets no content`,
        'write content: "" if an empty file is meant',
      );
    const encoding = entry.get('encoding')?.text ?? '';
    const gzip = encoding.startsWith('gz');
    const content = contentOf(entry.get('content'), encoding, report);
    if (content === undefined) return [];
    if (gzip && !(content[0] === 0x1f && content[1] === 0x8b))
      report.problem(
        entry.get('encoding')?.place ?? entry.place,
        `${path.text} is said to be ${encoding}, but its content is not compressed by gzip`,
        'gzip FILE | base64 makes content for gz+base64',
      );
    return [
      {
        path: path.text,
        content,
        gzip,
        mode: entry.get('permissions')?.mode ?? 0o644,
        owner: entry.get('owner')?.text ?? 'root',
      },
    ];
  });
}

function contentOf(content: Part | undefined, encoding: string, report: Report): Uint8Array | undefined {
  if (content === undefined) return new Uint8Array();
  if (encoding.endsWith('64')) {
    const bytes = decodeBase64(content.raw);
    if (bytes === undefined)
      report.problem(
        content.place,
        `the content is not ${encoding}`,
        'base64 FILE prints it; it has letters, digits, "+", "/" and "=" only',
      );
    return bytes;
  }
  if (encoding === '') return encodeUtf8(content.text);
  // Compressed bytes as text: each character of a double-quoted text, such as "\x1f\x8b", is one byte.
  const bytes = new Uint8Array(content.raw.length);
  for (let index = 0; index < bytes.length; index++) {
    const code = content.raw.charCodeAt(index);
    if (code > 0xff) {
      report.problem(
        content.place,
        `the content has characters that are no bytes`,
        'write it in base64, with encoding: gz+base64',
      );
      return undefined;
    }
    bytes[index] = code;
  }
  return bytes;
}
