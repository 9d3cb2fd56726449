/** A folder on the loopback, as any static web server offers it: ranges, and what was asked for. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

export interface StaticServer {
  readonly port: number;
  /** Without a slash at its end. */
  readonly url: string;
  /** What was asked for since this was called last, in order, and how much was sent of each. */
  taken(): { readonly path: string; readonly bytes: number }[];
  close(): Promise<void>;
}

/** @param answer Gets each request first; true: it has answered. */
export async function serveFolder(
  folder: string,
  answer: (path: string, response: ServerResponse) => boolean = () => false,
): Promise<StaticServer> {
  const requests: { path: string; bytes: number }[] = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname));
    const record = { path, bytes: 0 };
    requests.push(record);
    if (answer(path, response)) return;
    const file = join(folder, path);
    const stats = await stat(file).catch(() => undefined);
    if (!stats?.isFile()) {
      response.writeHead(404).end('no such file');
      return;
    }
    const [, from, to] = /^bytes=([0-9]+)-([0-9]*)$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from ?? 0);
    const end = Math.min(stats.size - 1, to ? Number(to) : stats.size - 1);
    if (from !== undefined && start >= stats.size) {
      response.writeHead(416, { 'content-range': `bytes */${stats.size}` }).end();
      return;
    }
    response.writeHead(from === undefined ? 200 : 206, {
      'content-length': end - start + 1,
      'accept-ranges': 'bytes',
      ...(from !== undefined && { 'content-range': `bytes ${start}-${end}/${stats.size}` }),
    });
    if (stats.size === 0) return void response.end();
    createReadStream(file, { start, end })
      .on('data', (chunk) => {
        record.bytes += chunk.length;
      })
      .on('error', () => response.destroy())
      .pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    taken: () => requests.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
