/** The upper bound: an HTTP server that answers 204 and reads no request body. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent } from './contender.ts';

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(204).end();
});
server.listen(0, '127.0.0.1', () => serveParent((server.address() as AddressInfo).port));
