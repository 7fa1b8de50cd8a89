/**
 * A terminal on a host of a `TestNetwork`: answers Login, and leaves every other request open.
 * Arguments: address, and `tls` for HTTPS. Sends `{ port }`, then each request's body as `{ request }`.
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [address = '', security] = process.argv.slice(2);

const handle: RequestListener = (request, response) => {
  let body = '';
  request.setEncoding('utf8').on('error', () => {});
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    process.send?.({ request: body });
    if (body === 'Login') response.end('<SaleToPOIResponse/>');
  });
};

const pem = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
const server =
  security === 'tls' ? createSecureServer({ cert: pem('cert'), key: pem('key') }, handle) : createServer(handle);
// Node closes idle connections after 5 s otherwise.
server.keepAliveTimeout = 60_000;
server.listen(0, address, () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));
