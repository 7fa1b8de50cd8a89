import type { IncomingHttpHeaders } from 'node:http';
import { type Clock, systemClock } from '../../clock.ts';
import type { Codec } from '../../protocol/codec.ts';
import { NexoError } from '../../protocol/errors.ts';
import { xmlCodec } from '../../protocol/xml/xml-codec.ts';
import { orAborted } from '../abortable.ts';
import { HttpClient } from '../http-client.ts';
import type { SendOptions, TerminalRequestHandler, Transport, TransportReply } from '../transport.ts';
import { shareTokens, type TokenSource } from './access-token.ts';
import { type CloudAccess, checkAccess, PATHS, resourceUrl } from './cloud-settings.ts';
import { EventChannel, type EventMode } from './event-channel.ts';
import { type HttpRefusal, refusalOf } from './http-refusal.ts';
import { RetryAfter } from './retry-after.ts';

const CLOSED = 'the connection to the cloud service was closed';

export interface CloudOptions extends CloudAccess {
  /** The channel to one terminal, as returned by a pairing. */
  channelId: string;
  /** Contains `{channelId}`. Default `PATHS.nexo`. */
  nexoPath?: string;
  /** How the terminal's own requests are fetched. Default `off`: not at all. */
  events?: EventMode | 'off';
  /** Contains `{channelId}`. Default `PATHS.events`. */
  eventsPath?: string;
  /** HTTP statuses which, as confirmed by Swedbank Pay, mean that the service relayed nothing. Default: none. */
  notRelayed?: readonly number[];
  /** The dialect of the terminal's own requests. Default: XML as Swedbank Pay's terminals write it. */
  codec?: Codec;
  clock?: Clock;
}

/** Maximum attempts for one request: the first, one with a new token, one after a pause. */
const MAX_TRIES = 3;

/**
 * A terminal behind Swedbank Pay's cloud (`pax-terminal/cloud`). Nexo messages are sent by POST to the channel that a
 * pairing returned, with an access token.
 *
 * Replies mean the same as on a local network. `unreachable`, proof that nothing was sent: there was no token or no
 * connection, the service refused by a documented rule (`refusalOf`), or it had asked for a pause (`Retry-After`) and no
 * attempt was made. `unusable` and `lost`: the service received the message and the terminal may have it, so the session
 * queries the terminal. A request is repeated only where it is proved not to have been carried out, or where a repeat is
 * harmless: Abort, Login and TransactionStatus (`overtake`). A payment in doubt is never repeated.
 */
export class CloudTransport implements Transport {
  readonly relayed = true;
  readonly #options: CloudOptions;
  readonly #url: URL;
  readonly #eventsUrl: URL;
  readonly #http: HttpClient;
  readonly #retryAfter: RetryAfter;
  #sharedTokens: ReturnType<typeof shareTokens> | undefined;
  readonly #closing = new AbortController();
  readonly #clock: Clock;
  #events: EventChannel | undefined;

  /** @throws NexoError `invalid_config`, `cloud_not_paired` */
  constructor(options: CloudOptions) {
    const access = checkAccess(options);
    if (!options.channelId) {
      throw new NexoError(
        'cloud_not_paired',
        'The terminal is not paired with the cloud service: choose pairing in the terminal’s menu, enter its code in this terminal’s settings, click Pair, then deploy.',
        { path: 'channelId' },
      );
    }
    this.#options = { ...options, ...access };
    this.#clock = options.clock ?? systemClock;
    const { nexoPath, eventsPath, channelId } = options;
    this.#url = resourceUrl(access.baseUrl, nexoPath || PATHS.nexo, 'nexoPath', channelId);
    this.#eventsUrl = resourceUrl(access.baseUrl, eventsPath || PATHS.events, 'eventsPath', channelId);
    this.#http = new HttpClient({ origin: this.#url.origin }, { peer: 'the cloud service', gateway: true });
    this.#retryAfter = new RetryAfter(this.#clock);
  }

  /** The service's host: the rest of the address holds the channel. */
  get address(): string {
    return this.#url.host;
  }

  /** Whether the terminal's own requests are received. */
  get receivesRequests(): boolean {
    return (this.#options.events ?? 'off') !== 'off';
  }

  async send(body: Uint8Array, options: SendOptions): Promise<TransportReply> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    // After one attempt may have arrived, a later one cannot prove that none did.
    let failure: 'unreachable' | 'unusable' = 'unreachable';
    for (let attempt = 1; ; attempt++) {
      const waitReason = await this.#retryAfter.wait(signal);
      if (waitReason !== undefined)
        return { type: failure, reason: this.#closing.signal.aborted ? CLOSED : waitReason };
      const token = await this.#token(signal);
      if ('reason' in token) return { type: failure, reason: token.reason };
      const { reply, refusal } = await this.#post(body, token.text, options);
      if (refusal === undefined) return reply.type === 'unreachable' ? { ...reply, type: failure } : reply;
      if (refusal.renew) this.#tokens.invalidate(token.text);
      if (refusal.wait !== undefined) this.#retryAfter.block(refusal.wait);
      if (!refusal.proof) failure = 'unusable';
      const mayRepeat = refusal.proof || options.overtake;
      const worthRepeating = refusal.renew ? attempt === 1 : refusal.wait !== undefined;
      if (!(mayRepeat && worthRepeating) || attempt === MAX_TRIES)
        return { type: failure, reason: refusal.error.message };
    }
  }

  /**
   * Receives the terminal's own requests until this transport is closed. Without an event channel there are none.
   * @param poiId the terminal's POIID: requests of other terminals are ignored
   * @param onProblem called once each time the channel begins to fail
   * @returns a function that stops receiving
   */
  handleRequests(poiId: string, handler: TerminalRequestHandler, onProblem: (error: Error) => void): () => void {
    const { events = 'off', codec = xmlCodec } = this.#options;
    const { contentType } = codec;
    if (events === 'off' || this.#closing.signal.aborted) return () => undefined;
    this.#events?.close();
    this.#events = new EventChannel({
      mode: events,
      url: this.#eventsUrl,
      poiId,
      tokens: this.#tokens,
      clock: this.#clock,
      codec,
      handler,
      sendAnswer: (message) => this.send(message, { overtake: true, contentType, signal: this.#closing.signal }),
      onProblem,
    });
    const channel = this.#events;
    return () => channel.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#events?.close(), this.#http.close(), this.#sharedTokens?.release()]);
  }

  /** Opened on first use: a transport that is never used holds no token source. */
  get #tokens(): TokenSource {
    this.#sharedTokens ??= shareTokens(this.#options, this.#clock);
    return this.#sharedTokens.tokens;
  }

  /** A token, or the reason why there is none. */
  async #token(signal: AbortSignal): Promise<{ text: string } | { reason: string }> {
    try {
      return { text: await orAborted(this.#tokens.token(), signal) };
    } catch (error) {
      return { reason: this.#closing.signal.aborted ? CLOSED : (error as Error).message };
    }
  }

  async #post(
    body: Uint8Array,
    token: string,
    options: SendOptions,
  ): Promise<{ reply: TransportReply; refusal?: HttpRefusal }> {
    let refusal: HttpRefusal | undefined;
    const headers = { authorization: `Bearer ${token}` };
    const path = this.#url.pathname + this.#url.search;
    const reply = await this.#http.post({ ...options, path, headers, body }, (status, head) => {
      if (![200, 202, 204].includes(status)) {
        refusal = refusalOf(status, head as IncomingHttpHeaders, this.#options.notRelayed);
      }
    });
    // A refusal's status counts even where the rest of the response is missing.
    return refusal === undefined ? { reply } : { reply, refusal };
  }
}
