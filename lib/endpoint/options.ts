import type { ServerOptions } from 'node:https';
import type { Message, MessageHeader } from '../protocol/types.ts';

/** Where a message came from. */
export interface Sender {
  /** IP address; an IPv4 address as such, also where it came in through IPv6. */
  address: string;
  /** Whether its connection is still open: after that, an answer no longer gets through on it. */
  waiting(): boolean;
}

/** Who hears what a terminal tells. */
export interface Receiver {
  /**
   * Called once per message, in the order in which the terminal's messages came in. Displays and events come one after
   * the other: the next one when the promise of the one before has settled. Inputs, prints and transmits may stay open
   * for as long as they need and hold nothing up.
   *
   * @param message a request or notification as decoded, card secrets included
   * @returns the nexo response, or undefined where there is none (HTTP 204). Not waited for, nor sent, where the
   *   terminal asks for no answer. A rejection is answered Failure/UnavailableService.
   */
  receive(message: Message, header: MessageHeader, from: Sender): Promise<Message | undefined>;
}

/** A request that was refused, for a log: never with anything of the message's content. */
export interface EndpointRefusal {
  /** Stable: `address_not_allowed`, `too_large`, `unknown_poiid`… */
  code: string;
  address: string;
  reason: string;
}

export interface EndpointLimits {
  /** Bytes of a body. */
  body: number;
  /** ms in which a request's head, and then its body, must have come. */
  time: number;
  /** Requests in progress, and connections, from one address, and in all. */
  perAddress: number;
  inAll: number;
  /** Bytes of unfinished bodies from one address, and in all. */
  bytesPerAddress: number;
  bytesInAll: number;
  /** Messages of one terminal that its receiver has not settled. */
  line: number;
}

const MIB = 1024 * 1024;

export const defaultEndpointLimits: EndpointLimits = {
  body: MIB,
  time: 10_000,
  perAddress: 1024,
  inAll: 4096,
  bytesPerAddress: 16 * MIB,
  bytesInAll: 64 * MIB,
  line: 100,
};

export const DEFAULT_PATH = '/EPASSaleToPOI/3.1';

export interface EndpointOptions {
  /** Interface to listen on. Default 127.0.0.1: nobody but this machine. */
  address?: string;
  /** Default 11000; 0 picks one. */
  port?: number;
  /** Default `/EPASSaleToPOI/3.1`; with and without a slash at its end. */
  path?: string;
  /**
   * Addresses that may call: IPs, or networks as `192.168.1.0/24`. Empty: every address that reaches the interface.
   * To choose an interface other than loopback is to let callers in, terminals often have changing addresses, and a
   * list that guesses (private networks only) would shut out some of them while it kept out nobody on the same network.
   */
  allow?: readonly string[];
  /** HTTPS: `key`, `cert` and whatever else `https.createServer` takes. */
  tls?: ServerOptions;
  /** No server of its own: `router(endpoint)` is mounted on somebody else's. Address, port and tls are not used. */
  mounted?: boolean;
  limits?: Partial<EndpointLimits>;
  /** Called once for each refusal. */
  log?: (refusal: EndpointRefusal) => void;
}

/** What goes back on a request's connection. */
export interface EndpointAnswer {
  status: number;
  /** A nexo response; a refusal says in a line of plain text what to do. */
  body?: Buffer | string;
}
