import { hash } from 'node:crypto';
import { failure, isFromTerminal, wantsResponse } from '../protocol/answers.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Message } from '../protocol/types.ts';
import { type Decoded, decode } from '../protocol/xml/decode.ts';
import { encode } from '../protocol/xml/encode.ts';
import { type DeliveryOutcome, InboundQueue } from './inbound-queue.ts';
import type { EndpointAnswer, EndpointRefusal, Receiver, Sender } from './options.ts';

type Reply = (answer: EndpointAnswer) => void;
type Log = (refusal: EndpointRefusal) => void;

const NO_CONTENT: EndpointAnswer = { status: 204 };

/** Where messages are sorted: each to the terminal it is from, and an answer to each. Knows nothing of HTTP's ways. */
export class Dispatcher {
  readonly #lines = new Map<string, InboundQueue>();
  readonly #limit: number;
  readonly #log: Log;

  /** @param limit messages of one terminal that may be open */
  constructor(limit: number, log: Log) {
    this.#limit = limit;
    this.#log = log;
  }

  /** Terminals that are registered. */
  get size(): number {
    return this.#lines.size;
  }

  /**
   * Messages of this terminal go to this receiver from now on.
   * @returns how to end that
   * @throws NexoError `endpoint_duplicate_poiid`
   */
  add(poiId: string, receiver: Receiver): () => void {
    if (this.#lines.has(poiId)) {
      throw new NexoError(
        'endpoint_duplicate_poiid',
        `Two terminals with POIID ${poiId} use one endpoint, and their messages could not be told apart: give each its own POIID.`,
        { path: 'poiId' },
      );
    }
    const line = new InboundQueue(receiver, this.#limit);
    this.#lines.set(poiId, line);
    return () => {
      if (this.#lines.get(poiId) === line) this.#lines.delete(poiId);
      line.end();
    };
  }

  /** A new login session of this terminal: its DeviceIDs start over. */
  forget(poiId: string): void {
    this.#lines.get(poiId)?.forget();
  }

  /** Answers a request body. `reply` is called once: at once, or when the receiver has answered. */
  handle(bytes: Buffer, from: Sender, reply: Reply): void {
    let decoded: Decoded;
    try {
      decoded = decode(bytes);
    } catch (error) {
      const code = error instanceof NexoError ? error.code : 'malformed';
      this.#refuse(from, 'bad_message', `no nexo message: ${code}`);
      return reply({ status: 400, body: `This is no nexo message (${code}).` });
    }
    const { message, header, body } = decoded;
    if (!('SaleToPOIRequest' in message)) {
      this.#refuse(from, 'unexpected_response', 'a nexo response came where a request belongs');
      return reply({ status: 400, body: 'Responses go on the connection of their request.' });
    }
    if (!isFromTerminal(body)) {
      this.#refuse(from, 'not_from_terminal', `${body} is for terminals`);
      return reply(this.#failed(message, 'NotAllowed', `A POS takes no ${body}`, 400));
    }
    const line = this.#lines.get(header.POIID);
    if (line === undefined) {
      this.#refuse(from, 'unknown_poiid', 'no terminal with this POIID is registered here');
      return reply(this.#failed(message, 'NotFound', 'No terminal with this POIID is known here', 404));
    }
    this.#take(line, decoded, bytes, from, reply);
  }

  #take(line: InboundQueue, decoded: Decoded, bytes: Buffer, from: Sender, reply: Reply): void {
    const { message, header } = decoded;
    const wanted = wantsResponse(message);
    const digest = header.DeviceID === undefined ? undefined : hash('sha256', bytes, 'base64');
    const settle = (outcome: DeliveryOutcome) => {
      if (wanted) reply(this.#answer(message, outcome, from));
      else if (outcome.type === 'failed') this.#refuse(from, 'receiver_failed', nameOf(outcome.error));
    };
    const notTaken = line.take({ decoded, digest, from }, settle);
    if (notTaken === 'full') {
      this.#refuse(from, 'terminal_busy', `${this.#limit} messages of this terminal are not dealt with yet`);
      return reply({ status: 503, body: 'Too many messages of this terminal are not dealt with yet.' });
    }
    if (notTaken === 'id_open') {
      this.#refuse(from, 'device_id_open', 'another request with this DeviceID is open');
      return reply(wanted ? this.#failed(message, 'NotAllowed', 'This DeviceID is in use', 400) : { status: 400 });
    }
    if (!wanted) reply(NO_CONTENT);
  }

  #answer(message: Message, outcome: DeliveryOutcome, from: Sender): EndpointAnswer {
    if (outcome.type === 'ended') return this.#failed(message, 'UnavailableService', 'The POS is stopping', 503);
    if (outcome.type === 'failed') {
      this.#refuse(from, 'receiver_failed', nameOf(outcome.error));
      return this.#failed(message, 'UnavailableService', 'The POS could not deal with this', 500);
    }
    if (outcome.response === undefined) return NO_CONTENT;
    try {
      return { status: 200, body: encode(outcome.response) };
    } catch (error) {
      this.#refuse(from, 'bad_answer', `the answer is no nexo message: ${nameOf(error)}`);
      return { status: 500, body: 'The POS has no valid answer to this.' };
    }
  }

  /** A nexo failure where the message asks for a response and its category has one; else an HTTP status. */
  #failed(message: Message, condition: string, text: string, status: number): EndpointAnswer {
    const response = wantsResponse(message) ? failure(message, condition, text) : undefined;
    try {
      if (response) return { status: 200, body: encode(response) };
    } catch {
      // Ids longer than nexo has them cannot be repeated in a response.
    }
    return { status, body: `${text}.` };
  }

  #refuse({ address }: Sender, code: string, reason: string): void {
    this.#log({ code, address, reason });
  }
}

/** What went wrong, without a message that might quote something. */
function nameOf(error: unknown): string {
  if (error instanceof NexoError) return error.path === undefined ? error.code : `${error.code} (${error.path})`;
  return error instanceof Error ? error.name : 'no error object';
}
