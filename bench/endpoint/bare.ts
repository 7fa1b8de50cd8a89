/** The limit: an HTTP server that answers 204 and reads nothing of what it is told. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contend } from './contender.ts';

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(204).end();
});
server.listen(0, '127.0.0.1', () => contend((server.address() as AddressInfo).port));
