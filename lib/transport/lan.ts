import net from 'node:net';
import type tls from 'node:tls';
import { swedbankPay } from '../protocol/profiles/swedbank-pay.ts';
import { HttpClient } from './http-client.ts';
import type { SendOptions, Transport, TransportReply } from './transport.ts';

export interface LanOptions {
  /** Name or address of the terminal; an IPv6 address with or without brackets. */
  host: string;
  /** Default 11000 (Swedbank Pay's). */
  port?: number;
  /** Default `/EPASSaleToPOI/3.1` (Swedbank Pay's). */
  path?: string;
  /** Use HTTPS. Default false. */
  secure?: boolean;
  /** Only with `secure`: `ca`, `servername`, `cert`, `key`, `rejectUnauthorized`… as in `tls.connect`. */
  tls?: tls.ConnectionOptions;
  /** Milliseconds that connecting may take, TLS handshake included. Default 5000. */
  connectTimeout?: number;
}

/** A terminal on the local network, over HTTP/1.1 (Swedbank Pay: "Message Transport over LAN or WLAN"). */
export class LanTransport implements Transport {
  readonly address: string;
  readonly #http: HttpClient;
  readonly #path: string;

  constructor(options: LanOptions) {
    const host = net.isIPv6(options.host) ? `[${options.host}]` : options.host;
    this.address = `${host}:${options.port ?? swedbankPay.http.port}`;
    const origin = `${options.secure ? 'https' : 'http'}://${this.address}`;
    const { tls, connectTimeout } = options;
    this.#path = options.path ?? swedbankPay.http.path;
    this.#http = new HttpClient({ origin, tls, connectTimeout, singleConnection: true }, { peer: 'the terminal' });
  }

  send(body: Uint8Array, options: SendOptions): Promise<TransportReply> {
    return this.#http.post({ ...options, path: this.#path, body });
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}
