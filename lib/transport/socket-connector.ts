import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';
import { systemClock } from '../clock.ts';
import { patientTimer } from './patient-timer.ts';
import { RequestSocket } from './request-socket.ts';

export interface SocketConnectorOptions {
  /** TLS options when the terminal is reached over HTTPS: `ca`, `servername`, `cert`, `key`, `rejectUnauthorized`… */
  tls?: tls.ConnectionOptions | undefined;
  /** Milliseconds a connection, TLS handshake included, may take. */
  timeout: number;
  /** The open TCP sockets: the connector adds each one and removes it when it is closed. */
  sockets: Set<net.Socket>;
  /** Called with the TCP socket of each new connection, before it is connected. */
  onSocket?: (socket: RequestSocket) => void;
}

/**
 * A connector for undici that keeps every TCP socket within reach, also below TLS and while it is connecting. With
 * undici's own connector, a terminal that is switched off would leave a connecting socket behind.
 *
 * A connection that fails (refused, unknown name, no route, failed handshake, `timeout`) fails before a request is
 * written.
 */
export function socketConnector(options: SocketConnectorOptions): buildConnector.connector {
  return (target, callback) => {
    const secure = target.protocol === 'https:';
    const port = Number(target.port) || (secure ? 443 : 80);
    // A name can have an IPv6 and an IPv4 address of which only one answers.
    const address = { host: target.hostname, port, autoSelectFamily: true, noDelay: true, keepAlive: true };
    const socket = new RequestSocket(address);

    let pending: buildConnector.Callback | undefined = callback;
    const settle = (...result: Parameters<buildConnector.Callback>) => {
      timer.cancel();
      pending?.(...result);
      pending = undefined;
    };
    const timer = patientTimer(systemClock, options.timeout, () =>
      socket.destroy(new Error(`no connection within ${options.timeout / 1000} s`)),
    );
    options.sockets.add(socket);
    options.onSocket?.(socket);
    socket.on('error', (error) => settle(error, null));
    socket.once('close', () => {
      options.sockets.delete(socket);
      settle(new Error('the connection was closed before it was ready'), null);
    });
    socket.once('connect', () => {
      if (!secure) return settle(null, socket);
      const tlsSocket = tls.connect({ ...tlsOptions(target.hostname, options.tls), socket });
      tlsSocket.once('secureConnect', () => settle(null, tlsSocket));
      tlsSocket.on('error', (error) => settle(error, null));
    });
    socket.connect(address);
  };
}

function tlsOptions(host: string, options: tls.ConnectionOptions = {}): tls.ConnectionOptions {
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  return { ...servername, ...options, host, ALPNProtocols: ['http/1.1'] };
}

/** Destroys sockets. Resolves when they are closed. */
export async function closeSockets(sockets: Iterable<net.Socket>): Promise<void> {
  const closed = [...sockets].map((socket) => {
    const close = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    return close;
  });
  await Promise.all(closed);
}

/** Ends an idle connection, and destroys it unless the other side ends it too within `ms`. Resolves when it is closed. */
export async function closeGracefully(stream: net.Socket, ms: number): Promise<void> {
  const closed = new Promise((resolve) => stream.once('close', resolve));
  const timer = setTimeout(() => stream.destroy(), ms);
  stream.end();
  await closed;
  clearTimeout(timer);
}
