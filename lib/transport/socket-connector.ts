import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';

export interface ConnectSettings {
  /** TLS options when the terminal is reached over HTTPS: `ca`, `servername`, `cert`, `key`, `rejectUnauthorized`… */
  tls?: tls.ConnectionOptions;
  /** Milliseconds a connection, TLS handshake included, may take. */
  timeout: number;
  /** Every socket that is opened, until it is closed, so that nothing survives a close. */
  sockets: Set<net.Socket>;
}

/**
 * How undici gets its sockets. Its own connector would do, but gives no handle on a socket that is still connecting,
 * and a terminal that is switched off leaves one of those behind. Fails before the first byte of a request exists:
 * refused, no such name, no route, a handshake that failed, or `timeout`.
 */
export function connector(settings: ConnectSettings): buildConnector.connector {
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    // Names can have an IPv6 and an IPv4 address, of which only one answers.
    const address = { host: target.hostname, port, autoSelectFamily: true, noDelay: true, keepAlive: true };
    const socket = target.protocol === 'https:' ? tls.connect(tlsOptions(address, settings.tls)) : net.connect(address);

    let report: buildConnector.Callback | undefined = callback;
    const settle = (...result: Parameters<buildConnector.Callback>) => {
      clearTimeout(timer);
      report?.(...result);
      report = undefined;
    };
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${settings.timeout / 1000} s`)),
      settings.timeout,
    );
    settings.sockets.add(socket);
    socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => settle(null, socket));
    socket.on('error', (error) => settle(error, null));
    socket.once('close', () => {
      settings.sockets.delete(socket);
      settle(new Error('the connection was closed before it was ready'), null);
    });
  };
}

function tlsOptions(address: net.TcpNetConnectOpts, options: tls.ConnectionOptions = {}): tls.ConnectionOptions {
  const servername = address.host && net.isIP(address.host) === 0 ? { servername: address.host } : {};
  return { ...servername, ...options, ...address, ALPNProtocols: ['http/1.1'] };
}
