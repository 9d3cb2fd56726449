/** HTTP servers on the loopback that do as a test says: such as one that hangs, or breaks off. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** @param port 0 for any that is free. */
export async function startOtherServer(onRequest: RequestListener, port = 0): Promise<Server> {
  const server = createServer(onRequest);
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Also while a connection is open. */
export async function stopOtherServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
