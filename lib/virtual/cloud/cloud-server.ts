import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CloudService, TOKEN_PATH } from './cloud-service.ts';

export interface RunningCloud {
  baseUrl: string;
  tokenUrl: string;
  /** Cuts every connection; new ones are taken. */
  dropConnections(): void;
  /** Drops every connection and frees the port. The service itself is left to who made it. */
  close(): Promise<void>;
}

/**
 * The stand-in over HTTP.
 * @param options host: default 127.0.0.1; port: 0 picks one
 * @throws what `listen` fails with: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`
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
