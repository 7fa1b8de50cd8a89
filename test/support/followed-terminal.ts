/** A terminal on the network that sends requests to an endpoint, and a POS whose terminal may move. */
import type { TestContext } from 'node:test';
import { mayBeAt } from '../../lib/endpoint/allow-list.ts';
import { Endpoint } from '../../lib/endpoint/endpoint.ts';
import { Memory, MemoryJournal } from '../../lib/journal/memory.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { defaultTimeouts } from '../../lib/session/timeouts.ts';
import type { AddressNotice } from '../../lib/terminal/address-proposal.ts';
import type { TerminalNotification } from '../../lib/terminal/notification-hub.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import { LanTransport } from '../../lib/transport/lan.ts';
import { UnknownAddress } from '../../lib/transport/unknown-address.ts';
import { PosClient } from '../../lib/virtual/pos/pos-client.ts';
import { serve } from '../../lib/virtual/server.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { config } from './session-driver.ts';

const HOST = '127.0.0.1';
const LIMITS = { busyLogin: [10, 10] };

/** A terminal and the ports it listens on. */
export interface Device {
  terminals: VirtualTerminals;
  port: number;
  /** Exchanges: `T1 Login 1000 → Success`. */
  lines: string[];
  /** Announces that it is at that address. */
  announce(port: number, ip?: string): void;
  /** Listens at one more port. */
  move(): Promise<number>;
  /** Stops listening on its first port. */
  close(): Promise<void>;
}

/** The POS of a test: an endpoint, a journal, and a terminal that can be restarted. */
export class FollowingPos {
  readonly notices: AddressNotice[] = [];
  /** What its listener got of events. */
  readonly notifications: TerminalNotification[] = [];
  /** Addresses to which a connection was opened. */
  readonly opened: string[] = [];
  readonly errors: Error[] = [];
  terminal: Terminal;
  readonly #t: TestContext;
  readonly #endpoint: Endpoint;
  readonly #memory = new Memory();
  readonly #allow: readonly string[];
  readonly #configured: string;
  readonly #waiting = new Set<() => void>();
  readonly #listeners: (() => void)[] = [];
  #unregister: () => Promise<void> = async () => undefined;

  /** @param device the terminal at the configured address; undefined: none is configured */
  static async start(t: TestContext, device: Device | undefined, allow: readonly string[] = []): Promise<FollowingPos> {
    const pos = new FollowingPos(t, device, allow);
    await pos.#register();
    t.after(() => pos.stop());
    return pos;
  }

  private constructor(t: TestContext, device: Device | undefined, allow: readonly string[]) {
    this.#t = t;
    this.#allow = allow;
    this.#endpoint = new Endpoint({ address: HOST, port: 0, allow });
    this.#configured = device ? `${HOST}:${device.port}` : '';
    this.terminal = this.#open();
    this.listen();
  }

  get url(): string {
    return `http://${HOST}:${this.#endpoint.listening?.port}`;
  }

  async stop(): Promise<void> {
    await this.#unregister();
    await this.terminal.close();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.terminal = this.#open();
    this.listen();
    await this.#register();
  }

  /** Adds one more listener, which notes events. */
  listen(): void {
    const note = (notification: TerminalNotification) => {
      if (notification.payload.kind === 'event') this.notifications.push(notification);
    };
    this.#listeners.push(this.terminal.notifications.listen(note, false));
  }

  stopListening(): void {
    for (const stop of this.#listeners.splice(0)) stop();
  }

  pay(transactionId: string): Promise<TransactionRecord> {
    return new Promise((resolve, reject) => {
      const outcome = (record: TransactionRecord, final: boolean) => final && resolve(record);
      const defaults = { currency: 'SEK', paymentType: 'Normal', awaitFulfilment: false } as const;
      this.terminal.pay({ amount: '89.00', transactionId }, defaults, 'node', { outcome, failed: reject });
    });
  }

  /** The `count`th notice about an address. */
  async addressNotice(count = 1): Promise<AddressNotice> {
    for (;;) {
      const notice = this.notices[count - 1];
      if (notice) return notice;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** A terminal on the network. Its requests go to this POS, once that exists. */
  static async device(t: TestContext, pos: () => FollowingPos, options: { serial?: string; delay?: number } = {}) {
    let client: PosClient | undefined;
    const lines: string[] = [];
    const terminals = new VirtualTerminals({
      delay: 0,
      ...options,
      pos: () => {
        client ??= new PosClient(pos().url);
        return client.pos();
      },
      log: (line) => lines.push(line),
    });
    const servers = [await serve(terminals, { port: 0 })];
    t.after(async () => {
      terminals.close();
      client?.close();
      await Promise.all(servers.map((server) => server.close()));
    });
    const device: Device = {
      terminals,
      port: servers[0]?.port ?? 0,
      lines,
      announce: (port, ip = HOST) => terminals.terminal(config.poiId)?.announceAddress({ ip, port }),
      move: async () => {
        const server = await serve(terminals, { port: 0 });
        servers.push(server);
        return server.port;
      },
      close: async () => servers.shift()?.close(),
    };
    return device;
  }

  async #register(): Promise<void> {
    this.#unregister = await this.#endpoint.register(config.poiId, {
      receive: async (message, _header, from) =>
        'SaleToPOIRequest' in message ? this.terminal.receive(message.SaleToPOIRequest, from) : undefined,
    });
  }

  #open(): Terminal {
    const { address: _, timeouts: __, ...settings } = config;
    const to = (address: string) => {
      this.opened.push(address);
      return lanAt(address);
    };
    const allowed = mayBeAt(this.#allow);
    return new Terminal({
      config: { ...settings, terminal: this.#t.name, inbound: 'all' },
      timeouts: { ...defaultTimeouts, ...LIMITS },
      transport: this.#configured === '' ? new UnknownAddress() : lanAt(this.#configured),
      follow: {
        configured: this.#configured,
        to,
        allowed: (address, sender) => allowed(address.split(':')[0] ?? '', sender),
      },
      journal: async () => new MemoryJournal<TransactionRecord>(this.#memory),
      onError: (error) => this.errors.push(error),
      onAddress: (notice) => {
        this.notices.push(notice);
        for (const resolve of this.#waiting) resolve();
        this.#waiting.clear();
      },
    });
  }
}

function lanAt(address: string): LanTransport {
  const [host = '', port] = address.split(':');
  return new LanTransport({ host, port: Number(port) });
}
