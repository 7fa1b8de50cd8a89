import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { Codec } from '../protocol/codec.ts';
import { swedbankPay } from '../protocol/profiles/swedbank-pay.ts';
import type { Message, MessageHeader } from '../protocol/types.ts';

/** The origin of a message. */
export interface Sender {
  /** IP address; IPv4 without the prefix of an IPv6 socket. */
  address: string;
  /** Whether its connection is still open. An answer cannot be sent on a closed one. */
  connected(): boolean;
}

/** Handles the messages of one terminal. */
export interface Receiver {
  /**
   * Called once per message, in order of arrival. After a display or an event, the next message follows when the promise
   * has settled. Inputs, prints and transmits may stay open for as long as they need and delay no other message.
   *
   * @param message a request or notification as decoded, card secrets included
   * @returns the nexo response, or undefined where there is none (HTTP 204). Where the terminal requires no response, it
   *   is neither awaited nor sent. A rejection is answered with Failure/UnavailableService.
   */
  receive(message: Message, header: MessageHeader, from: Sender): Promise<Message | undefined>;
  /**
   * The payment that runs at the terminal, or '' where none does. Messages of different payments never repeat each other,
   * even where they are equal to the byte. Absent: all messages of a session may.
   */
  payment?(): string;
}

/** A refused request, for a log. Contains nothing of the message's content. */
export interface EndpointRefusal {
  /** Stable: `address_not_allowed`, `too_large`, `unknown_poiid`… */
  code: string;
  address: string;
  reason: string;
}

export interface EndpointLimits {
  /** Maximum bytes of a request body. */
  bodyBytes: number;
  /** Maximum ms for a request's head, and again for its body. */
  requestTime: number;
  /** Maximum concurrent requests, and connections, from one address and in total. */
  requestsPerAddress: number;
  requestsInTotal: number;
  /** Maximum bytes of incomplete bodies from one address and in total. */
  unfinishedBytesPerAddress: number;
  unfinishedBytesInTotal: number;
  /** Maximum messages of one terminal that its receiver has not settled. */
  openMessages: number;
}

const MIB = 1024 * 1024;

export const defaultEndpointLimits: EndpointLimits = {
  bodyBytes: MIB,
  requestTime: 10_000,
  requestsPerAddress: 1024,
  requestsInTotal: 4096,
  unfinishedBytesPerAddress: 16 * MIB,
  unfinishedBytesInTotal: 64 * MIB,
  openMessages: 100,
};

/** Where an endpoint listens unless its options say otherwise. */
export const DEFAULT_PORT = swedbankPay.http.port;
export const DEFAULT_PATH = swedbankPay.http.path;

/** The endpoint's route, in the form that Express, Connect and Node's own server call. */
export type EndpointRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export interface EndpointOptions {
  /** Interface to listen on. Default 127.0.0.1: reachable from this machine only. */
  address?: string;
  /** Default 11000; 0 picks a free port. */
  port?: number;
  /** Default `/EPASSaleToPOI/3.1`. A slash at the end of the request's path is ignored. */
  path?: string;
  /**
   * Addresses that may call: IP addresses, or networks such as `192.168.1.0/24`. Empty (default): every address that
   * reaches the interface. There is no default list of private networks: it would exclude some terminals, whose addresses
   * often change, and no attacker on the same network.
   */
  allow?: readonly string[];
  /** HTTPS: `key`, `cert` and other options of `https.createServer`. */
  tls?: ServerOptions;
  /** No server of its own: `router(endpoint)` is mounted on an existing one. Address, port and tls are not used. */
  mounted?: boolean;
  /** The dialect of the terminals' messages. Default: XML as Swedbank Pay's terminals write it. */
  codec?: Codec;
  limits?: Partial<EndpointLimits>;
  /** Milliseconds of a clock that is never set. Default: the process's own. */
  now?: () => number;
  /** Called once for each refused request. */
  log?: (refusal: EndpointRefusal) => void;
}

/** The HTTP answer to a request. */
export interface EndpointAnswer {
  status: number;
  /** A nexo response (bytes), or one line of plain text that says why the request is refused. */
  body?: Buffer | string;
}
