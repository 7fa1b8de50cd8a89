import { hash } from 'node:crypto';
import { failure, isFromTerminal, wantsResponse } from '../protocol/answers.ts';
import type { Codec, Decoded } from '../protocol/codec.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Message } from '../protocol/types.ts';
import { type DeliveryOutcome, InboundQueue } from './inbound-queue.ts';
import type { EndpointAnswer, EndpointRefusal, Receiver, Sender } from './options.ts';

type Respond = (answer: EndpointAnswer) => void;
type Log = (refusal: EndpointRefusal) => void;

const NO_CONTENT: EndpointAnswer = { status: 204 };

/** Routes each message to the queue of its terminal (by POIID) and answers it. Independent of HTTP. */
export class Dispatcher {
  readonly #queues = new Map<string, InboundQueue>();
  readonly #limit: number;
  readonly #codec: Codec;
  readonly #log: Log;
  readonly #now: (() => number) | undefined;

  /** @param limit maximum open messages of one terminal @param now as `InboundQueue` takes it */
  constructor(limit: number, codec: Codec, log: Log, now?: () => number) {
    this.#limit = limit;
    this.#codec = codec;
    this.#log = log;
    this.#now = now;
  }

  /** Number of registered terminals. */
  get size(): number {
    return this.#queues.size;
  }

  /**
   * Registers the receiver of a terminal's messages.
   * @returns a function that removes it
   * @throws NexoError `endpoint_duplicate_poiid`
   */
  add(poiId: string, receiver: Receiver): () => void {
    if (this.#queues.has(poiId)) {
      throw new NexoError(
        'endpoint_duplicate_poiid',
        `Two terminals with POIID ${poiId} use one endpoint, so their messages cannot be distinguished: give each its own POIID.`,
        { path: 'poiId' },
      );
    }
    const queue = new InboundQueue(receiver, this.#limit, this.#now);
    this.#queues.set(poiId, queue);
    return () => {
      if (this.#queues.get(poiId) === queue) this.#queues.delete(poiId);
      queue.close();
    };
  }

  /** As `InboundQueue.forgetDeviceIds`, for this terminal. */
  forgetDeviceIds(poiId: string): void {
    this.#queues.get(poiId)?.forgetDeviceIds();
  }

  /** Handles one request body. Calls `respond` once, immediately or when the receiver has answered. */
  handle(bytes: Buffer, from: Sender, respond: Respond): void {
    let decoded: Decoded;
    try {
      decoded = this.#codec.decode(bytes);
    } catch (error) {
      const code = error instanceof NexoError ? error.code : 'malformed';
      this.#refuse(from, 'bad_message', `not a nexo message: ${code}`);
      return respond({ status: 400, body: `This is not a nexo message (${code}).` });
    }
    const { message, header, body } = decoded;
    if (!('SaleToPOIRequest' in message)) {
      this.#refuse(from, 'unexpected_response', 'a nexo response instead of a request');
      return respond({ status: 400, body: 'Send responses on the connection of their request.' });
    }
    if (!isFromTerminal(body)) {
      this.#refuse(from, 'not_from_terminal', `${body} is a request to a terminal`);
      return respond(this.#failure(message, 'NotAllowed', `A POS does not accept ${body}`, 400));
    }
    const queue = this.#queues.get(header.POIID);
    if (queue === undefined) {
      this.#refuse(from, 'unknown_poiid', 'no terminal with this POIID is registered here');
      return respond(this.#failure(message, 'NotFound', 'No terminal with this POIID is known here', 404));
    }
    this.#enqueue(queue, decoded, bytes, from, respond);
  }

  #enqueue(queue: InboundQueue, decoded: Decoded, bytes: Buffer, from: Sender, respond: Respond): void {
    const { message, header } = decoded;
    const responseWanted = wantsResponse(message);
    const digest = header.DeviceID === undefined ? undefined : hash('sha256', bytes, 'base64');
    const settle = (outcome: DeliveryOutcome) => {
      if (responseWanted) respond(this.#answer(message, outcome, from));
      else if (outcome.type === 'failed') this.#refuse(from, 'receiver_failed', errorName(outcome.error));
    };
    const rejection = queue.add({ decoded, digest, from }, settle);
    if (rejection === 'full') {
      this.#refuse(from, 'terminal_busy', `${this.#limit} messages of this terminal are still open`);
      return respond({ status: 503, body: 'Too many messages of this terminal are still open.' });
    }
    if (rejection === 'id_open') {
      this.#refuse(from, 'device_id_open', 'another request with this DeviceID is open');
      return respond(
        responseWanted ? this.#failure(message, 'NotAllowed', 'This DeviceID is in use', 400) : { status: 400 },
      );
    }
    if (!responseWanted) respond(NO_CONTENT);
  }

  #answer(message: Message, outcome: DeliveryOutcome, from: Sender): EndpointAnswer {
    if (outcome.type === 'ended') return this.#failure(message, 'UnavailableService', 'The POS is stopping', 503);
    if (outcome.type === 'failed') {
      this.#refuse(from, 'receiver_failed', errorName(outcome.error));
      return this.#failure(message, 'UnavailableService', 'The POS could not handle this', 500);
    }
    if (outcome.response === undefined) return NO_CONTENT;
    try {
      return { status: 200, body: this.#codec.encode(outcome.response) };
    } catch (error) {
      this.#refuse(from, 'bad_answer', `the answer is not a valid nexo message: ${errorName(error)}`);
      return { status: 500, body: 'The POS has no valid answer to this.' };
    }
  }

  /** A nexo failure where the message requires a response and its category has one; otherwise an HTTP status. */
  #failure(message: Message, condition: string, text: string, status: number): EndpointAnswer {
    const response = wantsResponse(message) ? failure(message, condition, text) : undefined;
    try {
      if (response) return { status: 200, body: this.#codec.encode(response) };
    } catch {
      // A response cannot repeat ids that are longer than nexo allows.
    }
    return { status, body: `${text}.` };
  }

  #refuse({ address }: Sender, code: string, reason: string): void {
    this.#log({ code, address, reason });
  }
}

/** The error's code or name. Its message is left out: it may quote card data. */
function errorName(error: unknown): string {
  if (error instanceof NexoError) return error.path === undefined ? error.code : `${error.code} (${error.path})`;
  return error instanceof Error ? error.name : 'no error object';
}
