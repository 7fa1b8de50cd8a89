import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Request, Router } from 'express';
import type { Codec } from '../protocol/codec.ts';
import { NexoError } from '../protocol/errors.ts';
import { plainAddress } from './allow-list.ts';
import type { Admission, ConcurrencyLimit } from './concurrency-limit.ts';
import type { EndpointAnswer, EndpointLimits, EndpointRefusal, EndpointRoute, Sender } from './options.ts';
import { type BodyFault, collect } from './request-body.ts';

/** The parts of an endpoint that its route uses. */
export interface RouterSettings {
  path: string;
  codec: Codec;
  limits: EndpointLimits;
  concurrency: ConcurrencyLimit;
  allowed(address: string): boolean;
  log(refusal: EndpointRefusal): void;
  handle(body: Buffer, from: Sender, answer: (respond: EndpointAnswer) => void): void;
}

/** A refusal before the message is decoded: HTTP status, code for the log, text for the sender. */
type Rejection = readonly [status: number, code: string, text: string];

const TEXT = 'text/plain; charset=utf-8';
/** ms in which an unread body may end before the connection is closed. Without it, a reset could discard the refusal. */
const LINGER = 1000;

const BODY_FAULTS: Record<BodyFault, Rejection> = {
  too_large: [413, 'too_large', 'The body is too large.'],
  too_slow: [408, 'too_slow', 'The body took too long.'],
  no_room: [503, 'too_many', 'Too much is in progress: try again.'],
};
const TOO_MANY: Rejection = [503, 'too_many', 'Too many requests are in progress: try again.'];

/**
 * The endpoint's route, as Express middleware. It can also be mounted on another server: requests for other paths pass
 * through. There is no Express app around it, because an app replaces the prototype of each request, which costs more than
 * all of the route's own work.
 *
 * @throws NexoError `endpoint_path`
 */
export function routesOf(settings: RouterSettings): EndpointRoute {
  const routes = Router();
  routes.all(patternOf(settings.path), (request, response) => receive(settings, request, response));
  // The router uses only what a plain request of node:http has.
  return routes as unknown as EndpointRoute;
}

/** A pattern that matches exactly this path: its special characters are escaped. */
function patternOf(path: string): string {
  if (!/^\/[^\s?#]*$/.test(path)) {
    throw new NexoError(
      'endpoint_path',
      'The endpoint’s path must begin with / and have no blanks, ? or #: the usual one is /EPASSaleToPOI/3.1.',
      { path: 'path' },
    );
  }
  return path.replace(/[\\{}()[\]+?!:*]/g, '\\$&');
}

function receive(settings: RouterSettings, request: IncomingMessage, response: ServerResponse): void {
  const address = plainAddress(request.socket.remoteAddress);
  const rejection = check(settings, request, address);
  if (rejection) return refuse(settings, request, response, address, rejection);
  const admission = settings.concurrency.admit(address);
  if (admission === undefined) return refuse(settings, request, response, address, TOO_MANY);
  respond(settings, request, response, address, admission);
}

function respond(
  settings: RouterSettings,
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  admission: Admission,
): void {
  let open = true;
  response.on('close', () => {
    open = false;
    admission.release();
  });
  const sender: Sender = { address, connected: () => open };
  collect(request, admission, settings.limits, (body) => {
    if (typeof body === 'string') refuse(settings, request, response, address, BODY_FAULTS[body]);
    else settings.handle(body, sender, (answer) => open && send(response, answer, settings.codec.contentType));
  });
}

/** Checks the head of a request. @returns the refusal, or undefined */
function check(
  { allowed, limits, codec }: RouterSettings,
  request: IncomingMessage,
  address: string,
): Rejection | undefined {
  if (!allowed(address)) return [403, 'address_not_allowed', 'This address may not call here.'];
  if (request.method !== 'POST') return [405, 'method_not_allowed', 'Send nexo messages with POST.'];
  const { headers } = request;
  const type = headers['content-type'];
  if (!codec.accepts(type) || (headers['content-encoding'] ?? 'identity') !== 'identity') {
    return [415, 'not_xml', `Send nexo messages as ${codec.contentType.split(';')[0]}, not compressed.`];
  }
  if (Number(headers['content-length'] ?? 0) > limits.bodyBytes) return BODY_FAULTS.too_large;
  return undefined;
}

function send(response: ServerResponse, { status, body }: EndpointAnswer, contentType: string): void {
  if (status === 503) response.setHeader('Retry-After', '1');
  if (body === undefined) response.writeHead(status).end();
  else {
    const type = typeof body === 'string' ? TEXT : contentType;
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    // As a latin1 string, Node sends the body in one packet with the head: one system call instead of two.
    response.end(body.toString('latin1'), 'latin1');
  }
}

function refuse(
  { log }: RouterSettings,
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  [status, code, text]: Rejection,
): void {
  log({ code, address, reason: text });
  response.setHeader('Connection', 'close');
  if (status === 405) response.setHeader('Allow', 'POST');
  if (status === 503) response.setHeader('Retry-After', '1');
  sendBeforeBodyEnds(request, response, status, `${text}\n`);
}

/** Answers immediately, and closes the connection when the body has ended or after `LINGER` ms. */
function sendBeforeBodyEnds(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': TEXT, 'Content-Length': Buffer.byteLength(text) });
  if (request.complete) {
    response.end(text);
    return;
  }
  response.write(text);
  const close = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(close, LINGER);
  request.once('end', close).once('close', close).resume();
}

/** Answers a request for another path: 404. */
export function notFound(
  log: (refusal: EndpointRefusal) => void,
  request: IncomingMessage | Request,
  response: ServerResponse,
): void {
  const address = plainAddress(request.socket.remoteAddress);
  log({ code: 'unknown_path', address, reason: 'not the endpoint’s path' });
  response.setHeader('Connection', 'close');
  sendBeforeBodyEnds(request, response, 404, 'Not found.\n');
}
