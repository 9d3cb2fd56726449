/** Takes the blocks of a snapshot and keeps nothing but their numbers: for uploads that are larger than memory. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BlockSink {
  readonly url: string;
  /** Numbers of the blocks in the order in which they came. */
  readonly blocks: readonly number[];
  close(): Promise<void>;
}

export async function startBlockSink(): Promise<BlockSink> {
  const blocks: number[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const { pathname } = new URL(request.url ?? '/', 'http://host');
      const block = /\/blocks\/(\d+)$/.exec(pathname)?.[1];
      if (block !== undefined) {
        blocks.push(Number(block));
        response.setHeader('x-amz-checksum', String(request.headers['x-amz-checksum']));
        response.setHeader('x-amz-checksum-algorithm', 'SHA256');
        response.writeHead(201).end('{}');
      } else if (pathname === '/snapshots') {
        response.writeHead(201, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ SnapshotId: 'snap-1', Status: 'pending' }));
      } else if (pathname.startsWith('/snapshots/completion/')) {
        response.writeHead(202).end(JSON.stringify({ Status: 'completed' }));
      } else {
        response.writeHead(200, { 'content-type': 'text/xml' });
        response.end(
          '<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>snap-1</snapshotId><status>pending</status></item></snapshotSet></DescribeSnapshotsResponse>',
        );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    blocks,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
