import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';

export interface SocketConnectorOptions {
  /** TLS options when the terminal is reached over HTTPS: `ca`, `servername`, `cert`, `key`, `rejectUnauthorized`… */
  tls?: tls.ConnectionOptions;
  /** Milliseconds a connection, TLS handshake included, may take. */
  timeout: number;
  /** The open sockets: the connector adds each one and removes it when it is closed. */
  sockets: Set<net.Socket>;
}

/**
 * A connector for undici that keeps every socket within reach. undici's own connector gives no access to a socket that
 * is still connecting, and a terminal that is switched off leaves such a socket behind.
 *
 * A connection that fails (refused, unknown name, no route, failed handshake, `timeout`) fails before a request is
 * written.
 */
export function socketConnector(options: SocketConnectorOptions): buildConnector.connector {
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    // A name can have an IPv6 and an IPv4 address of which only one answers.
    const address = { host: target.hostname, port, autoSelectFamily: true, noDelay: true, keepAlive: true };
    const socket = target.protocol === 'https:' ? tls.connect(tlsOptions(address, options.tls)) : net.connect(address);

    let pending: buildConnector.Callback | undefined = callback;
    const settle = (...result: Parameters<buildConnector.Callback>) => {
      clearTimeout(timer);
      pending?.(...result);
      pending = undefined;
    };
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${options.timeout / 1000} s`)),
      options.timeout,
    );
    options.sockets.add(socket);
    socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => settle(null, socket));
    socket.on('error', (error) => settle(error, null));
    socket.once('close', () => {
      options.sockets.delete(socket);
      settle(new Error('the connection was closed before it was ready'), null);
    });
  };
}

function tlsOptions(address: net.TcpNetConnectOpts, options: tls.ConnectionOptions = {}): tls.ConnectionOptions {
  const servername = address.host && net.isIP(address.host) === 0 ? { servername: address.host } : {};
  return { ...servername, ...options, ...address, ALPNProtocols: ['http/1.1'] };
}
