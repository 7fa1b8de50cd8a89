import type { Clock } from '../../clock.ts';
import { NexoError } from '../../protocol/errors.ts';
import type { Message, SaleToPOIRequest } from '../../protocol/types.ts';
import { decode } from '../../protocol/xml/decode.ts';
import { encode } from '../../protocol/xml/encode.ts';
import { orAborted } from '../abortable.ts';
import { abortablePause } from '../abortable-pause.ts';
import type { TransportReply } from '../transport.ts';
import type { TokenSource } from './access-token.ts';
import { CloudHttp, whyNot } from './cloud-http.ts';
import { messagesIn, ServerSentEvents } from './event-formats.ts';
import { type HttpRefusal, refusalOf } from './http-refusal.ts';

/** `poll`: asked again and again, an answer may be long in coming. `sse`: server-sent events. */
export type EventMode = 'poll' | 'sse';

/** Takes a request of the terminal's own; resolves with the answer, or with nothing where none is wanted. */
export type EventReceiver = (request: SaleToPOIRequest) => Promise<Message | undefined>;

export interface EventChannelOptions {
  mode: EventMode;
  url: URL;
  poiId: string;
  tokens: TokenSource;
  clock: Clock;
  heard: EventReceiver;
  /** Sends an answer to the terminal. */
  answer: (body: Uint8Array) => Promise<TransportReply>;
  /** Hears once that the channel has begun to fail, and of each answer that could not be sent. */
  problem: (error: Error) => void;
}

/** Milliseconds a poll may be left without an answer, and from the start of one to the start of the next. */
const LIMIT = 120_000;
const EVERY = 1000;
/** Milliseconds after which a stream that says nothing is opened anew: a dead connection says nothing either. */
const SILENCE = 300_000;
/** Pauses after failures, in ms; the last one repeats. */
const PAUSES = [1000, 2000, 5000, 15_000, 30_000, 60_000];
/** Messages that are remembered, so that a channel which repeats them is not heard twice. */
const REMEMBERED = 256;
const MOST = 4 * 1024 * 1024;
const ACCEPT = { poll: 'application/xml, application/json', sse: 'text/event-stream' };

/**
 * What a terminal says by itself, as it comes from the cloud. The form of this channel is not published, so several are
 * understood (`cloud-event-forms.ts`). All of it is advisory: a payment ends by its answer, or by the terminal's status.
 */
export class EventChannel {
  readonly #options: EventChannelOptions;
  readonly #http: CloudHttp;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  readonly #taken = new Set<string>();
  #failures = 0;

  constructor(options: EventChannelOptions) {
    this.#options = options;
    this.#http = new CloudHttp({ clock: options.clock, most: options.mode === 'sse' ? -1 : MOST });
    this.#done = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#http.close(), this.#done]);
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const began = clock.elapsed();
      let rest: number;
      try {
        await this.#listen(signal);
        this.#failures = 0;
        rest = Math.max(0, EVERY - (clock.elapsed() - began));
      } catch (error) {
        if (signal.aborted) return;
        rest = this.#failed(error);
      }
      if (rest > 0) await abortablePause(clock, rest, signal);
    }
  }

  /** Reports the first failure of a row. Returns how long to rest. */
  #failed(error: unknown): number {
    const known = error instanceof Refused ? error.told : error;
    const rest = PAUSES[Math.min(this.#failures, PAUSES.length - 1)] ?? 0;
    // The first one may be the end of a connection like any other.
    if (this.#failures++ === 1) this.#report(known);
    return Math.max(rest, error instanceof Refused ? error.wait : 0);
  }

  /** Listens until an answer or the stream has ended. A token that is refused is replaced once. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { tokens } = this.#options;
    const token = await orAborted(tokens.token(), signal);
    try {
      await this.#ask(token, signal);
    } catch (error) {
      if (!(error instanceof Refused && error.renew)) throw error;
      tokens.refused(token);
      await this.#ask(await orAborted(tokens.token(), signal), signal);
    }
  }

  async #ask(token: string, signal: AbortSignal): Promise<void> {
    const { mode, url } = this.#options;
    const headers = { authorization: `Bearer ${token}`, accept: ACCEPT[mode] };
    if (mode === 'sse') return this.#stream(headers, signal);
    const answer = await this.#http.ask(url, { method: 'GET', headers, limit: LIMIT, signal }).catch(quietAfterLimit);
    if (answer === undefined || answer.status === 204) return;
    if (answer.status !== 200) throw new Refused(refusalOf(answer.status, answer.headers));
    for (const text of messagesIn(answer.text)) this.#take(text);
  }

  async #stream(headers: Record<string, string>, signal: AbortSignal): Promise<void> {
    const { clock, url } = this.#options;
    const silence = new AbortController();
    const watch = () => clock.after(SILENCE, () => silence.abort());
    let timer = watch();
    const ended = AbortSignal.any([signal, silence.signal]);
    const answer = await this.#http.open(url, { method: 'GET', headers, signal: ended }).catch((error: unknown) => {
      timer.cancel();
      throw error;
    });
    try {
      if (answer.statusCode !== 200) throw new Refused(refusalOf(answer.statusCode, answer.headers));
      const events = new ServerSentEvents((data) => {
        this.#failures = 0;
        for (const text of messagesIn(data)) this.#take(text);
      });
      for await (const chunk of answer.body) {
        timer.cancel();
        timer = watch();
        events.push(chunk as Buffer);
      }
    } catch (error) {
      if (!silence.signal.aborted) throw error;
    } finally {
      timer.cancel();
      answer.body.on('error', () => undefined).destroy();
    }
  }

  /** One message in its XML form; what is no message of this terminal is left alone. */
  #take(text: string): void {
    if (this.#taken.has(text)) return;
    this.#taken.add(text);
    if (this.#taken.size > REMEMBERED) this.#taken.delete(this.#taken.values().next().value ?? '');
    let message: Message;
    try {
      message = decode(Buffer.from(text)).message;
    } catch {
      return;
    }
    if (!('SaleToPOIRequest' in message)) return;
    const { POIID } = message.SaleToPOIRequest.MessageHeader;
    if (POIID !== '' && POIID !== this.#options.poiId) return;
    this.#hear(message.SaleToPOIRequest);
  }

  /** Whoever hears of a problem must not end the channel by one of his own. */
  #report(error: unknown): void {
    try {
      this.#options.problem(eventProblem(error));
    } catch {
      // Then nobody hears of it.
    }
  }

  async #hear(request: SaleToPOIRequest): Promise<void> {
    try {
      const answer = await this.#options.heard(request);
      if (answer !== undefined && !this.#closing.signal.aborted) await this.#options.answer(encode(answer));
    } catch (error) {
      this.#report(error);
    }
  }
}

class Refused extends Error {
  readonly told: NexoError;
  readonly renew: boolean;
  readonly wait: number;

  constructor({ error, renew, wait = 0 }: HttpRefusal) {
    super(error.message);
    this.told = error;
    this.renew = renew;
    this.wait = wait;
  }
}

/** A poll without news. */
function quietAfterLimit(error: Error): undefined {
  if (error.message === `no answer within ${LIMIT / 1000} s`) return;
  throw error;
}

function eventProblem(error: unknown): NexoError {
  const why = error instanceof NexoError ? error.message : `${whyNot(error)}.`;
  return new NexoError(
    'cloud_events',
    `What the terminal says by itself cannot be heard just now: ${why} Payments go on without it; it is tried again.`,
  );
}
