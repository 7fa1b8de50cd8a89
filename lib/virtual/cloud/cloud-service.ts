import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { type Clock, systemClock } from '../../clock.ts';
import type { Codec } from '../../protocol/codec.ts';
import type { MessageHeader } from '../../protocol/types.ts';
import { xmlCodec } from '../../protocol/xml/xml-codec.ts';
import type { Pos } from '../pos/pos.ts';
import type { WireAnswer } from '../virtual-terminals.ts';
import { AccessTokens, type CloudClient } from './access-tokens.ts';
import { type CloudChannel, CloudChannels } from './cloud-channels.ts';
import { type CloudFault, CloudFaults } from './cloud-faults.ts';
import { type CloudRelay, OFFLINE_TEXT } from './relay.ts';

export interface CloudServiceOptions {
  client: CloudClient;
  /** Sends messages to the terminals. */
  relay: CloudRelay;
  /** The terminals, each with its own pairing code. Default: one terminal of any POIID, with one code. */
  poiIds?: readonly string[];
  clock?: Clock;
  /** The dialect of the terminals. Default: XML. */
  codec?: Codec;
  /** Maximum milliseconds until a poll for events is answered. Default 25,000. */
  pollTimeout?: number;
  /** Called with one line for each request; the line contains no secrets. */
  log?: (line: string) => void;
}

export const TOKEN_PATH = '/oauth2/v2.0/token';
const CHANNEL = '/api/v1/channels/:id';
const NO_CHANNEL = 'There is no such channel: pair again.';

/**
 * A simulation of Swedbank Pay's cloud in front of virtual terminals: token endpoint, pairing, relay of nexo messages,
 * and events. Its paths are those of the published configuration. Bodies, statuses and events are not published: their
 * format here is a guess.
 */
export class CloudService {
  readonly tokens: AccessTokens;
  readonly channels: CloudChannels;
  readonly faults = new CloudFaults();
  readonly app: Express;
  readonly #options: CloudServiceOptions;
  readonly #clock: Clock;
  readonly #codec: Codec;

  constructor(options: CloudServiceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#codec = options.codec ?? xmlCodec;
    this.tokens = new AccessTokens(options.client, this.#clock);
    this.channels = new CloudChannels(options.poiIds, this.#clock);
    this.app = express().disable('x-powered-by').disable('etag');
    const body = express.text({ type: () => true, limit: '1mb' });
    const raw = express.raw({ type: () => true, limit: '1mb' });
    this.app.post(TOKEN_PATH, express.urlencoded({ extended: false }), (req, res) => this.#token(req, res));
    this.app.use('/api', (req, res, next) => this.#authorise(req, res, next));
    this.app.post('/api/v1/pairing', body, (req, res) => this.#pair(req, res));
    this.app.post(`${CHANNEL}/nexo`, raw, (req, res) => this.#nexo(req, res));
    this.app.get(`${CHANNEL}/events`, (req, res) => this.#events(req, res));
    this.app.use((_req, res) => void sendProblem(res, 404, 'No such resource.'));
  }

  /** The POS of a terminal: its messages are queued for the terminal's channel. The channel carries no responses. */
  pos(poiId: string): Pos {
    return {
      send: (message, answered) => {
        const channel = this.channels.of(poiId);
        channel?.mailbox.post(this.#codec.encode(message).toString());
        setImmediate(() => answered(channel ? { type: 'empty' } : { type: 'failed', reason: 'not paired' }));
      },
    };
  }

  close(): void {
    this.channels.close();
  }

  #token(req: Request, res: Response): void {
    const { status, body } = this.tokens.grant(Object(req.body), req.headers.authorization);
    this.#log(`token → ${status === 200 ? 'issued' : String(body.error)}`);
    res.status(status).set('Cache-Control', 'no-store').json(body);
  }

  #authorise(req: Request, res: Response, next: NextFunction): void {
    if (this.tokens.accepts(req.headers.authorization)) return next();
    this.#log('a request without a valid token → HTTP 401');
    res.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    sendProblem(res, 401, 'The access token is missing, expired or revoked.');
  }

  #pair(req: Request, res: Response): void {
    const channel = this.channels.pair(codeIn(String(req.body)));
    this.#log(`pairing → ${channel ? 'paired' : 'wrong code'}`);
    if (!channel) return sendProblem(res, 404, 'No terminal shows this pairing code.');
    for (const { poiId, code } of this.channels.codes) {
      if (poiId === channel.poiId) this.#log(`${poiId ?? 'The terminal'} shows the pairing code ${code} next`);
    }
    res.status(200).json({ channelId: channel.id });
  }

  #nexo(req: Request, res: Response): void {
    const channel = this.#channel(req, res);
    if (!channel) return;
    const body: Buffer = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const header = headerOf(body, this.#codec);
    if (header !== undefined && !this.channels.carries(channel, header.POIID)) {
      this.#log(`a message for ${printable(header.POIID)}, whose channel this is not → HTTP 403`);
      return sendProblem(res, 403, 'This channel leads to another terminal.');
    }
    const fault = this.faults.take(header);
    // The channel may have been revoked while the terminal was at work: its answer then reaches no one.
    const respond = (answer: WireAnswer) =>
      this.channels.find(channel.id) === channel ? this.#send(res, answer) : sendProblem(res, 404, NO_CHANNEL);
    if (fault) return this.#injectFault(fault, body, res);
    this.#options.relay(body, respond);
  }

  #injectFault(fault: CloudFault, body: Buffer, res: Response): void {
    const { relay } = this.#options;
    switch (fault.type) {
      case 'status': {
        const answer = () =>
          void res
            .status(fault.status)
            .set(fault.headers ?? {})
            .type('text/plain')
            .send('Fault.\n');
        return fault.relayed ? relay(body, answer) : answer();
      }
      case 'drop':
        if (fault.relayed) return relay(body, () => res.destroy());
        res.destroy();
        return;
      case 'late':
        return relay(body, (answer) => void this.#clock.after(fault.ms, () => this.#send(res, answer)));
      case 'offline':
        return sendProblem(res, 504, OFFLINE_TEXT);
    }
  }

  #events(req: Request, res: Response): void {
    const channel = this.#channel(req, res);
    if (!channel) return;
    if (req.headers.accept?.includes('text/event-stream')) return this.#stream(channel, res);
    const unsubscribe = channel.mailbox.poll(this.#options.pollTimeout ?? 25_000, (messages) => {
      if (messages.length === 0) res.status(204).end();
      else res.json(messages);
    });
    res.once('close', unsubscribe);
  }

  #stream(channel: CloudChannel, res: Response): void {
    res.status(200).set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders();
    const unsubscribe = channel.mailbox.stream((message) =>
      res.write(`data: ${message.replaceAll('\n', '\ndata: ')}\n\n`),
    );
    res.once('close', unsubscribe);
  }

  #channel(req: Request, res: Response): CloudChannel | undefined {
    const channel = this.channels.find(String(req.params.id));
    if (!channel) {
      this.#log('a request to an unknown channel → HTTP 404');
      sendProblem(res, 404, NO_CHANNEL);
    }
    return channel;
  }

  #send(res: Response, answer: WireAnswer): void {
    if (res.destroyed) return;
    if (answer.type === 'drop') {
      res.destroy();
      return;
    }
    res.status(answer.status).set('Content-Type', answer.contentType ?? this.#codec.contentType);
    res.end(answer.status === 204 ? undefined : answer.body);
  }

  #log(line: string): void {
    this.#options.log?.(`cloud ${line}`);
  }
}

/** Problem details (RFC 9457). */
function sendProblem(res: Response, status: number, detail: string): void {
  if (res.destroyed) return;
  res
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ status, detail: detail.trim() }));
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

function codeIn(text: string): string {
  try {
    const json: unknown = JSON.parse(text);
    return String(typeof json === 'object' && json !== null && 'pairingCode' in json ? json.pairingCode : json);
  } catch {
    return text.trim();
  }
}

function headerOf(body: Buffer, codec: Codec): MessageHeader | undefined {
  try {
    return codec.decode(body).header;
  } catch {
    return undefined;
  }
}
