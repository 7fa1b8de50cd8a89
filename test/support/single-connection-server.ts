import net from 'node:net';

/**
 * A server in front of another that takes one TCP connection at a time, as small terminals do. A second connection is
 * established by the kernel, and not served before the first one is closed.
 *
 * @param port of the server behind it; asked for at each connection
 */
export async function singleConnectionServer(port: () => number): Promise<{
  readonly port: number;
  /** Connections that had to wait for the one before them. */
  readonly waited: number;
  close(): Promise<void>;
}> {
  const waiting: net.Socket[] = [];
  const open = new Set<net.Socket>();
  let current: net.Socket | undefined;
  let waited = 0;
  const serveNext = () => {
    current = waiting.shift();
    if (current === undefined) return;
    const client = current;
    const upstream = net.connect(port(), '127.0.0.1');
    open.add(upstream);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => open.delete(upstream));
    client.pipe(upstream);
    upstream.pipe(client);
    client.resume();
    client.once('close', () => {
      upstream.destroy();
      serveNext();
    });
  };
  const server = net.createServer({ pauseOnConnect: true }, (client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    waiting.push(client);
    if (current === undefined) serveNext();
    else waited++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    get waited() {
      return waited;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
