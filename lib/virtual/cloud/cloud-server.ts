import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CloudService, TOKEN_PATH } from './cloud-service.ts';

export interface RunningCloud {
  baseUrl: string;
  tokenUrl: string;
  /** Drops every connection. New ones are accepted. */
  dropConnections(): void;
  /** Drops every connection. Resolves when the port is free. Does not close the service. */
  close(): Promise<void>;
}

/**
 * Serves the simulated cloud over HTTP. Resolves when it listens.
 * @param options host: default 127.0.0.1; port: 0 picks a free port
 * @throws Error by rejection, as `net.Server.listen`: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`
 */
export async function serveCloud(
  service: CloudService,
  options: { host?: string; port: number },
): Promise<RunningCloud> {
  const host = options.host ?? '127.0.0.1';
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = service.app.listen(options.port, host, (error) => (error ? reject(error) : resolve(listening)));
  });
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    baseUrl,
    tokenUrl: baseUrl + TOKEN_PATH,
    dropConnections: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
