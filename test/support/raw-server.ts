import { once } from 'node:events';
import net from 'node:net';

export interface RawServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Whole requests, head and body, in the order of arrival. */
  readonly requests: string[];
  /** From now on it closes no connection because the other side did. */
  keepHalfOpen(): void;
  close(): Promise<void>;
}

/**
 * A TCP server on which the test decides the reaction to each complete HTTP request, valid HTTP or not.
 * `onRequest` gets the socket and the number of the request on this server, from 1.
 */
export async function rawServer(
  onRequest: (socket: net.Socket, count: number) => void,
  onConnection: (socket: net.Socket) => void = () => {},
): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  const requests: string[] = [];
  let accepted = 0;
  let halfOpen = false;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    accepted++;
    socket.on('end', () => {
      if (!halfOpen) socket.end();
    });
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let buffer = '';
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (let size = requestSize(buffer); size > 0 && buffer.length >= size; size = requestSize(buffer)) {
        requests.push(buffer.slice(0, size));
        buffer = buffer.slice(size);
        onRequest(socket, requests.length);
      }
    });
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    get port() {
      return address.port;
    },
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    requests,
    keepHalfOpen() {
      halfOpen = true;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Bytes of the first request in `buffer`, 0 while its head is incomplete. */
function requestSize(buffer: string): number {
  const head = buffer.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = /content-length: *(\d+)/i.exec(buffer.slice(0, head))?.[1];
  return head + 4 + Number(length ?? 0);
}

/** An HTTP answer as text, with its length unless `headers` names one. */
export function answer(body: string, status = '200 OK', headers: Record<string, string> = {}): string {
  const all: Record<string, string> = { 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`;
}
