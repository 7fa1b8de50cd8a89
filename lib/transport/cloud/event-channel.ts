import type { Clock } from '../../clock.ts';
import type { Codec } from '../../protocol/codec.ts';
import { NexoError } from '../../protocol/errors.ts';
import type { Message, SaleToPOIRequest } from '../../protocol/types.ts';
import { orAborted } from '../abortable.ts';
import { abortablePause } from '../abortable-pause.ts';
import type { TerminalRequestHandler, TransportReply } from '../transport.ts';
import type { TokenSource } from './access-token.ts';
import { CloudHttp, failureReason } from './cloud-http.ts';
import { messagesIn, ServerSentEvents } from './event-formats.ts';
import { type HttpRefusal, refusalOf } from './http-refusal.ts';

/** `poll`: long polling. `sse`: server-sent events. */
export type EventMode = 'poll' | 'sse';

export interface EventChannelOptions {
  mode: EventMode;
  url: URL;
  poiId: string;
  tokens: TokenSource;
  clock: Clock;
  codec: Codec;
  handler: TerminalRequestHandler;
  /** Sends a response to the terminal. */
  sendAnswer: (body: Uint8Array) => Promise<TransportReply>;
  /** Called once when the channel begins to fail, and for each response that could not be sent. */
  onProblem: (error: Error) => void;
}

/** Milliseconds a poll may take, and from the start of one poll to the start of the next. */
const POLL_TIMEOUT = 120_000;
const POLL_INTERVAL = 1000;
/** Milliseconds without data after which a stream is reopened: a dead connection is silent too. */
const SILENCE_TIMEOUT = 300_000;
/** Pauses after failures, in ms; the last one repeats. */
const RETRY_PAUSES = [1000, 2000, 5000, 15_000, 30_000, 60_000];
/** Messages that are remembered to recognise repeats. */
const MAX_REMEMBERED = 256;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Receives the terminal's own requests from the cloud. The format of this channel is not published, so several are
 * understood (`event-formats.ts`). Its messages are advisory: a payment ends by its response or by a status answer.
 */
export class EventChannel {
  readonly #options: EventChannelOptions;
  readonly #http: CloudHttp;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  readonly #seen = new Set<string>();
  #failures = 0;

  constructor(options: EventChannelOptions) {
    this.#options = options;
    this.#http = new CloudHttp({ clock: options.clock, maxBytes: options.mode === 'sse' ? -1 : MAX_ANSWER_BYTES });
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
      let pause: number;
      try {
        await this.#listen(signal);
        this.#failures = 0;
        pause = Math.max(0, POLL_INTERVAL - (clock.elapsed() - began));
      } catch (error) {
        if (signal.aborted) return;
        pause = this.#retryPause(error);
      }
      if (pause > 0) await abortablePause(clock, pause, signal);
    }
  }

  /** Reports the second consecutive failure, and no later one of that series. @returns ms until the next attempt */
  #retryPause(error: unknown): number {
    const problem = error instanceof ChannelRefused ? error.problem : error;
    const pause = RETRY_PAUSES[Math.min(this.#failures, RETRY_PAUSES.length - 1)] ?? 0;
    // The first failure may be an ordinary end of a connection.
    if (this.#failures++ === 1) this.#report(problem);
    return Math.max(pause, error instanceof ChannelRefused ? error.wait : 0);
  }

  /** Polls once, or reads the stream to its end. A refused token is replaced once. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { tokens } = this.#options;
    const token = await orAborted(tokens.token(), signal);
    try {
      await this.#fetch(token, signal);
    } catch (error) {
      if (!(error instanceof ChannelRefused && error.renew)) throw error;
      tokens.invalidate(token);
      await this.#fetch(await orAborted(tokens.token(), signal), signal);
    }
  }

  async #fetch(token: string, signal: AbortSignal): Promise<void> {
    const { mode, url, codec } = this.#options;
    const [own] = codec.contentType.split(';');
    const accept = mode === 'sse' ? 'text/event-stream' : `${own}, application/json`;
    const headers = { authorization: `Bearer ${token}`, accept };
    if (mode === 'sse') return this.#stream(headers, signal);
    const answer = await this.#http
      .send(url, { method: 'GET', headers, timeout: POLL_TIMEOUT, signal })
      .catch(ignoreTimeout);
    if (answer === undefined || answer.status === 204) return;
    if (answer.status !== 200) throw new ChannelRefused(refusalOf(answer.status, answer.headers));
    for (const text of messagesIn(answer.text, codec)) this.#receive(text);
  }

  async #stream(headers: Record<string, string>, signal: AbortSignal): Promise<void> {
    const { clock, codec, url } = this.#options;
    const silence = new AbortController();
    const startTimer = () => clock.after(SILENCE_TIMEOUT, () => silence.abort());
    let timer = startTimer();
    const ended = AbortSignal.any([signal, silence.signal]);
    const answer = await this.#http.open(url, { method: 'GET', headers, signal: ended }).catch((error: unknown) => {
      timer.cancel();
      throw error;
    });
    try {
      if (answer.statusCode !== 200) throw new ChannelRefused(refusalOf(answer.statusCode, answer.headers));
      const events = new ServerSentEvents((data) => {
        this.#failures = 0;
        for (const text of messagesIn(data, codec)) this.#receive(text);
      });
      for await (const chunk of answer.body) {
        timer.cancel();
        timer = startTimer();
        events.push(chunk as Buffer);
      }
    } catch (error) {
      if (!silence.signal.aborted) throw error;
    } finally {
      timer.cancel();
      answer.body.on('error', () => undefined).destroy();
    }
  }

  /** Handles one encoded message. Ignores repeats, messages of other terminals, and text that is not a nexo message. */
  #receive(text: string): void {
    if (this.#seen.has(text)) return;
    this.#seen.add(text);
    if (this.#seen.size > MAX_REMEMBERED) this.#seen.delete(this.#seen.values().next().value ?? '');
    let message: Message;
    try {
      message = this.#options.codec.decode(Buffer.from(text)).message;
    } catch {
      return;
    }
    if (!('SaleToPOIRequest' in message)) return;
    const { POIID } = message.SaleToPOIRequest.MessageHeader;
    if (POIID !== '' && POIID !== this.#options.poiId) return;
    this.#handle(message.SaleToPOIRequest);
  }

  /** An exception in the callback does not end the channel. */
  #report(error: unknown): void {
    try {
      this.#options.onProblem(eventError(error));
    } catch {
      // The callback is the only place to report to.
    }
  }

  async #handle(request: SaleToPOIRequest): Promise<void> {
    try {
      const answer = await this.#options.handler(request);
      if (answer === undefined || this.#closing.signal.aborted) return;
      await this.#options.sendAnswer(this.#options.codec.encode(answer));
    } catch (error) {
      this.#report(error);
    }
  }
}

class ChannelRefused extends Error {
  readonly problem: NexoError;
  readonly renew: boolean;
  readonly wait: number;

  constructor({ error, renew, wait = 0 }: HttpRefusal) {
    super(error.message);
    this.problem = error;
    this.renew = renew;
    this.wait = wait;
  }
}

/** A poll that times out has no messages; it is not a failure. */
function ignoreTimeout(error: Error): undefined {
  if (error.message === `no answer within ${POLL_TIMEOUT / 1000} s`) return;
  throw error;
}

function eventError(error: unknown): NexoError {
  const reason = error instanceof NexoError ? error.message : `${failureReason(error)}.`;
  return new NexoError(
    'cloud_events',
    `The terminal’s own messages cannot be received at the moment: ${reason} Payments work without them. The connection is retried.`,
  );
}
