import type { IncomingHttpHeaders } from 'node:http';
import { type Clock, systemClock } from '../../clock.ts';
import { NexoError } from '../../protocol/errors.ts';
import { orAborted } from '../abortable.ts';
import { HttpClient } from '../http-client.ts';
import type { SendOptions, Transport, TransportReply } from '../transport.ts';
import { shareTokens, type TokenSource } from './access-token.ts';
import { type CloudAccess, checkAccess, PATHS, resource } from './cloud-settings.ts';
import { EventChannel, type EventMode, type EventReceiver } from './event-channel.ts';
import { type HttpRefusal, refusalOf } from './http-refusal.ts';
import { RetryAfterGate } from './retry-after.ts';

export interface CloudOptions extends CloudAccess {
  /** What a pairing gave: the way to one terminal. */
  channelId: string;
  /** Default `PATHS.nexo`; with `{channelId}`. */
  nexoPath?: string;
  /** How events are fetched, if at all: default `off`. */
  events?: EventMode | 'off';
  /** Default `PATHS.events`; with `{channelId}`. */
  eventsPath?: string;
  /** Statuses by which the service, as Swedbank Pay has confirmed, says that it passed nothing on. Default: none. */
  notRelayed?: readonly number[];
  clock?: Clock;
}

/** How often one request is sent at most: the first time, with another token, and after a wait. */
const TRIES = 3;

/**
 * A terminal behind Swedbank Pay's cloud (`pax-terminal/cloud`): nexo messages, as on the network, by POST to the
 * channel that a pairing gave, with an access token.
 *
 * What a reply says about money is the same as anywhere. `unreachable`, certainly not sent: there was no token, or no
 * connection, or the service said by a documented rule that it did nothing (`refusalOf`), or it had asked to be left
 * alone, so that nothing was tried. `unusable` and `lost`: the service had the message, and the terminal may have it:
 * the session asks the terminal. A request is repeated only where it proved not to have been carried out, or where a
 * second one does no harm: Abort, Login and TransactionStatus (`overtake`). A payment in doubt is never repeated.
 */
export class CloudTransport implements Transport {
  readonly #options: CloudOptions;
  readonly #url: URL;
  readonly #eventsUrl: URL;
  readonly #lines: HttpClient;
  readonly #gate: RetryAfterGate;
  #shared: ReturnType<typeof shareTokens> | undefined;
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
    this.#url = resource(access.baseUrl, nexoPath || PATHS.nexo, 'nexoPath', channelId);
    this.#eventsUrl = resource(access.baseUrl, eventsPath || PATHS.events, 'eventsPath', channelId);
    this.#lines = new HttpClient({ origin: this.#url.origin }, { who: 'the cloud service', gateway: true });
    this.#gate = new RetryAfterGate(this.#clock);
  }

  /** Whether the terminal is heard, and not only asked. */
  get talks(): boolean {
    return (this.#options.events ?? 'off') !== 'off';
  }

  async send(body: Uint8Array, options: SendOptions): Promise<TransportReply> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    // Once a try may have arrived, no later one can prove that nothing did.
    let unsent: 'unreachable' | 'unusable' = 'unreachable';
    for (let tries = 1; ; tries++) {
      const held = await this.#gate.pass(signal);
      if (held !== undefined) return { type: unsent, reason: this.#closing.signal.aborted ? CLOSED : held };
      const token = await this.#token(signal);
      if ('reason' in token) return { type: unsent, reason: token.reason };
      const { reply, refusal } = await this.#post(body, token.text, options);
      if (refusal === undefined) return reply.type === 'unreachable' ? { ...reply, type: unsent } : reply;
      if (refusal.renew) this.#tokens.refused(token.text);
      if (refusal.wait !== undefined) this.#gate.shut(refusal.wait);
      if (!refusal.proof) unsent = 'unusable';
      const harmless = refusal.proof || options.overtake;
      const helps = refusal.renew ? tries === 1 : refusal.wait !== undefined;
      if (!(harmless && helps) || tries === TRIES) return { type: unsent, reason: refusal.error.message };
    }
  }

  /**
   * Hears what the terminal says by itself, until this transport is closed or the returned function called. Without an
   * event channel that is nothing.
   * @param poiId of the terminal: messages of others are left alone
   * @param problem told once whenever the channel begins to fail
   */
  hear(poiId: string, heard: EventReceiver, problem: (error: Error) => void): () => void {
    const { events = 'off' } = this.#options;
    if (events === 'off' || this.#closing.signal.aborted) return () => undefined;
    this.#events?.close();
    this.#events = new EventChannel({
      mode: events,
      url: this.#eventsUrl,
      poiId,
      tokens: this.#tokens,
      clock: this.#clock,
      heard,
      answer: (message) => this.send(message, { overtake: true, signal: this.#closing.signal }),
      problem,
    });
    const channel = this.#events;
    return () => channel.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#events?.close(), this.#lines.close(), this.#shared?.leave()]);
  }

  /** Shared from the first use on: a transport that is made and never used leaves nothing behind. */
  get #tokens(): TokenSource {
    this.#shared ??= shareTokens(this.#options, this.#clock);
    return this.#shared.tokens;
  }

  /** A token, or why there is none. */
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
    const reply = await this.#lines.post({ ...options, path, headers, body }, (status, head) => {
      if (![200, 202, 204].includes(status)) {
        refusal = refusalOf(status, head as IncomingHttpHeaders, this.#options.notRelayed);
      }
    });
    // A head without an end (the exchange was given up meanwhile) says no less than one with an end.
    return refusal === undefined ? { reply } : { reply, refusal };
  }
}

const CLOSED = 'the connection to the cloud service was closed';
