import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer, type ServerOptions as TlsOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { NexoError } from '../protocol/errors.ts';
import { plainAddress } from './allow-list.ts';
import type { EndpointLimits, EndpointRefusal } from './options.ts';

export interface ServerSettings {
  address: string;
  port: number;
  tls: TlsOptions | undefined;
  limits: EndpointLimits;
  log: (refusal: EndpointRefusal) => void;
}

export interface Listening {
  address: string;
  port: number;
  /** Drops every connection. Resolves when the port is free. */
  close(): Promise<void>;
}

/** ms an idle connection is kept. Longer than terminals keep it: a message on a closing connection would be lost. */
const KEEP_ALIVE = 75_000;

/**
 * Starts an HTTP or HTTPS server. Resolves when it listens.
 * @throws NexoError `endpoint_port_in_use`, `endpoint_port_forbidden`, `endpoint_address`, `endpoint_tls`,
 *   `endpoint_failed`
 */
export async function listen(settings: ServerSettings, handler: RequestListener): Promise<Listening> {
  const server = create(settings, handler);
  const sockets = countConnections(server, settings);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, settings)));
    server.listen(settings.port, settings.address, resolve);
  });
  server.removeAllListeners('error').on('error', ({ code }: NodeJS.ErrnoException) => {
    settings.log({ code: 'server_error', address: settings.address, reason: code ?? 'unknown' });
  });
  const { address, port } = server.address() as AddressInfo;
  return { address, port, close: () => close(server, sockets) };
}

function create({ tls, limits, address, log }: ServerSettings, handler: RequestListener): Server {
  const options: ServerOptions = {
    headersTimeout: limits.requestTime,
    // A longer limit than the body's own, which sends an answer before it closes the connection.
    requestTimeout: limits.requestTime * 2 + 1000,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, limits.requestTime / 4)),
    keepAliveTimeout: KEEP_ALIVE,
    noDelay: true,
  };
  let server: Server;
  try {
    server = tls
      ? createSecureServer({ ...tls, ...options, handshakeTimeout: limits.requestTime }, handler)
      : createServer(options, handler);
  } catch (error) {
    throw new NexoError(
      'endpoint_tls',
      'The endpoint’s certificate or key cannot be used: check both in its TLS configuration.',
      { path: 'tls', cause: error },
    );
  }
  server.maxConnections = limits.requestsInTotal;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket, log));
  server.on('tlsClientError', (_error, socket: Socket) => {
    log({ code: 'broken_tls', address: plainAddress(socket.remoteAddress), reason: 'the TLS handshake failed' });
    socket.destroy();
  });
  server.on('drop', (data) => {
    log({ code: 'too_many', address: plainAddress(data?.remoteAddress), reason: `too many connections to ${address}` });
  });
  return server;
}

/** Enforces the limit of connections per address. @returns the set of open connections, kept up to date */
function countConnections(server: Server, { limits, log }: ServerSettings): Set<Socket> {
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const count = (perAddress.get(address) ?? 0) + 1;
    if (count > limits.requestsPerAddress) {
      log({ code: 'too_many', address, reason: 'too many connections from this address' });
      socket.destroy();
      return;
    }
    perAddress.set(address, count);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      const remaining = (perAddress.get(address) ?? 0) - 1;
      if (remaining > 0) perAddress.set(address, remaining);
      else perAddress.delete(address);
    });
  });
  return sockets;
}

const DROPPED_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE']);

/** Refuses a connection whose request is not HTTP or too slow. A connection that the client dropped is not logged. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, log: (refusal: EndpointRefusal) => void): void {
  if (DROPPED_CODES.has(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, reason] = statusOf(error.code);
  log({ code, address: plainAddress(socket.remoteAddress), reason });
  // After an earlier answer on this connection, an error answer would be read as the answer to another request.
  if (socket.bytesWritten > 0) socket.destroy();
  else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function statusOf(code: string | undefined): [status: string, code: string, reason: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'too_slow', 'the request took too long'];
    case 'HPE_HEADER_OVERFLOW':
      return ['431 Request Header Fields Too Large', 'broken_http', 'too many headers'];
    default:
      return ['400 Bad Request', 'broken_http', 'not HTTP'];
  }
}

function close(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

function explain(error: NodeJS.ErrnoException, { address, port }: ServerSettings): NexoError {
  const endpointError = (code: ErrorCode, message: string, path: string) =>
    new NexoError(code, message, { path, cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return endpointError(
        'endpoint_port_in_use',
        `Port ${port} on ${address} is taken by another program, or by another endpoint: choose another port, here and in the terminals.`,
        'port',
      );
    case 'EACCES':
      return endpointError(
        'endpoint_port_forbidden',
        `Port ${port} is not open to ordinary programs: choose one from 1024 up, such as 11000.`,
        'port',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return endpointError(
        'endpoint_address',
        `This machine does not have the address ${address}: enter one of its own, or 0.0.0.0 for all of them.`,
        'address',
      );
    default:
      return endpointError(
        'endpoint_failed',
        `The endpoint cannot listen on ${address}:${port}: ${error.message}.`,
        'address',
      );
  }
}
