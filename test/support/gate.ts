import net, { type AddressInfo } from 'node:net';

/** A way to a server of this machine that a test closes at a certain byte, and opens again. */
export class Gate {
  readonly port: number;
  readonly #server: net.Server;
  readonly #target: () => number;
  readonly #clients = new Set<net.Socket>();
  /** What each client has sent. */
  readonly #seen: { text: string }[] = [];
  readonly #observers = new Set<() => void>();
  #closeAfter: string | undefined;

  /** @param target the port of the server, asked for with each connection */
  static async start(target: () => number): Promise<Gate> {
    const server = net.createServer();
    await listen(server, 0);
    return new Gate(server, target);
  }

  private constructor(server: net.Server, target: () => number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#connect(client));
  }

  /** Closes the gate as soon as a request with that text has passed: no answer gets through, and no connection is made. */
  closeAfter(text: string): void {
    this.#closeAfter = text;
  }

  /** Waits until a request with that text has passed: it arrives, even if its sender is killed now. */
  passed(text: string): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!this.#seen.some((seen) => seen.text.includes(text))) return;
        this.#observers.delete(check);
        resolve();
      };
      this.#observers.add(check);
      check();
    });
  }

  /** Lets connections through again. */
  async open(): Promise<void> {
    if (!this.#server.listening) await listen(this.#server, this.port);
  }

  /** Refuses connections, and drops those that are open. */
  close(): void {
    this.#closeAfter = undefined;
    this.#server.close();
    for (const client of this.#clients) client.destroy();
  }

  #connect(client: net.Socket): void {
    const server = net.connect(this.#target(), '127.0.0.1');
    const seen = { text: '' };
    this.#seen.push(seen);
    this.#clients.add(client);
    client.on('data', (chunk) => {
      server.write(chunk);
      seen.text += chunk.toString('latin1');
      if (this.#closeAfter !== undefined && seen.text.includes(this.#closeAfter)) this.close();
      for (const check of [...this.#observers]) check();
    });
    server.on('data', (chunk) => {
      if (!client.destroyed) client.write(chunk);
    });
    // What was passed on arrives, also where the client is gone.
    client.on('close', () => {
      this.#clients.delete(client);
      server.end();
    });
    server.on('close', () => client.destroy());
    for (const socket of [client, server]) socket.on('error', () => undefined);
  }
}

function listen(server: net.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
