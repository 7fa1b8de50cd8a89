import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Codec } from '../protocol/codec.ts';
import { swedbankPay } from '../protocol/profiles/swedbank-pay.ts';
import type { VirtualTerminals, WireAnswer } from './virtual-terminals.ts';

export const PATH = swedbankPay.http.path;
const MAX_BYTES = 1024 * 1024;

export interface ServerOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 11000; 0 picks a free port. */
  port?: number;
}

export interface RunningServer {
  port: number;
  /** Drops every connection. Resolves when the port is free. Does not close the terminals. */
  close(): Promise<void>;
}

/**
 * Serves virtual terminals over HTTP, like a terminal on the network: POST to `/EPASSaleToPOI/3.1`. Resolves when the
 * server listens.
 *
 * @throws Error by rejection, as `net.Server.listen`: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`
 */
export async function serve(terminals: VirtualTerminals, options: ServerOptions = {}): Promise<RunningServer> {
  const server = createServer((request, response) => handle(terminals, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? swedbankPay.http.port, options.host ?? '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function handle(terminals: VirtualTerminals, request: IncomingMessage, response: ServerResponse): void {
  const rejection = refusalOf(request, terminals.codec);
  if (rejection) return refuse(request, response, ...rejection);
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BYTES) {
      request.removeAllListeners('data').removeAllListeners('end');
      refuse(request, response, 413, 'The body is larger than 1 MiB.');
    } else chunks.push(chunk);
  });
  request.on('end', () => {
    // A POS that disconnects meanwhile changes nothing: the terminal carries out the request.
    terminals.receive(Buffer.concat(chunks, size), (answer) => send(response, answer));
  });
}

/** HTTP status and reason for a request that is not a nexo request; undefined for one that is. */
function refusalOf(request: IncomingMessage, codec: Codec): [number, string] | undefined {
  const path = (request.url ?? '').split('?')[0]?.replace(/\/$/, '');
  if (path !== PATH) return [404, `Send nexo requests to ${PATH}.`];
  if (request.method !== 'POST') return [405, 'Send nexo requests with POST.'];
  const type = request.headers['content-type'];
  if (type === undefined || !codec.accepts(type)) {
    return [415, `Send nexo requests as ${codec.contentType.split(';')[0]}.`];
  }
  if (request.headers['content-encoding'] !== undefined) return [415, 'Send nexo requests without an encoding.'];
  return undefined;
}

/** Answers with the reason and closes the connection: an unread body may follow. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, reason: string): void {
  request.resume();
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    Connection: 'close',
    ...(status === 405 ? { Allow: 'POST' } : {}),
  });
  response.end(`${reason}\n`);
}

function send(response: ServerResponse, answer: WireAnswer): void {
  if (answer.type === 'drop') {
    response.destroy();
    return;
  }
  const headers = answer.status === 204 ? {} : { 'Content-Length': answer.body.length };
  response.writeHead(answer.status, {
    ...(answer.contentType ? { 'Content-Type': answer.contentType } : {}),
    ...headers,
  });
  response.end(answer.body);
}
