import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Request, Router } from 'express';
import { NexoError } from '../protocol/errors.ts';
import { plainAddress } from './allow-list.ts';
import type { ConcurrencyLimit, Visit } from './concurrency-limit.ts';
import type { EndpointAnswer, EndpointLimits, EndpointRefusal, Sender } from './options.ts';
import { type BodyFault, collect } from './request-body.ts';

/** What the routes need of an endpoint. */
export interface RouterSettings {
  path: string;
  limits: EndpointLimits;
  gate: ConcurrencyLimit;
  allowed(address: string): boolean;
  log(refusal: EndpointRefusal): void;
  handle(body: Buffer, from: Sender, reply: (answer: EndpointAnswer) => void): void;
}

/** A refusal before the message is looked at: HTTP status, the log's code, and a line for whoever sent it. */
type Refused = readonly [status: number, code: string, text: string];

const XML = 'application/xml; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';
/** ms in which a body that nobody reads may end, so that the refusal is not lost in a reset. */
const LINGER = 1000;

const FAULTS: Record<BodyFault, Refused> = {
  too_large: [413, 'too_large', 'The body is too large.'],
  too_slow: [408, 'too_slow', 'The body took too long.'],
  no_room: [503, 'too_many', 'Too much is in progress: try again.'],
};
const TOO_MANY: Refused = [503, 'too_many', 'Too many requests are in progress: try again.'];

/**
 * The endpoint's one route, as Express middleware: for a server of its own, or to be mounted on somebody else's, for it
 * passes on whatever is for another path. There is no app around it: an app gives each request another prototype, which
 * costs more than all the rest of it.
 *
 * @throws NexoError `endpoint_path`
 */
export function routesOf(settings: RouterSettings): Router {
  const routes = Router();
  routes.all(patternOf(settings.path), (request, response) => receive(settings, request, response));
  return routes;
}

/** The path as a pattern that matches just it: none of its characters is special. */
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
  const refused = check(settings, request, address);
  if (refused) return refuse(settings, request, response, address, refused);
  const visit = settings.gate.enter(address);
  if (visit === undefined) return refuse(settings, request, response, address, TOO_MANY);
  answer(settings, request, response, address, visit);
}

function answer(
  settings: RouterSettings,
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  visit: Visit,
): void {
  let open = true;
  response.on('close', () => {
    open = false;
    visit.leave();
  });
  const sender: Sender = { address, waiting: () => open };
  collect(request, visit, settings.limits, (body) => {
    if (typeof body === 'string') refuse(settings, request, response, address, FAULTS[body]);
    else settings.handle(body, sender, (reply) => open && send(response, reply));
  });
}

/** What is wrong with a request by its head alone. */
function check({ allowed, limits }: RouterSettings, request: IncomingMessage, address: string): Refused | undefined {
  if (!allowed(address)) return [403, 'address_not_allowed', 'This address may not call here.'];
  if (request.method !== 'POST') return [405, 'method_not_allowed', 'Send nexo messages with POST.'];
  const { headers } = request;
  const type = headers['content-type'];
  if ((type !== undefined && !isXml(type)) || (headers['content-encoding'] ?? 'identity') !== 'identity') {
    return [415, 'not_xml', 'Send nexo messages as application/xml, not compressed.'];
  }
  if (Number(headers['content-length'] ?? 0) > limits.body) return FAULTS.too_large;
  return undefined;
}

function isXml(type: string): boolean {
  return type === XML || /^(application|text)\/xml *(;|$)/i.test(type);
}

function send(response: ServerResponse, { status, body }: EndpointAnswer): void {
  if (status === 503) response.setHeader('Retry-After', '1');
  if (body === undefined) response.writeHead(status).end();
  else {
    const type = typeof body === 'string' ? TEXT : XML;
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    // As characters of one byte each, Node sends it in one piece with the head: half the work for the kernel.
    response.end(body.toString('latin1'), 'latin1');
  }
}

function refuse(
  { log }: RouterSettings,
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  [status, code, text]: Refused,
): void {
  log({ code, address, reason: text });
  response.setHeader('Connection', 'close');
  if (status === 405) response.setHeader('Allow', 'POST');
  if (status === 503) response.setHeader('Retry-After', '1');
  sendBeforeTheEnd(request, response, status, `${text}\n`);
}

/** Answers now, and closes the connection only when the body has come or too much time has passed. */
function sendBeforeTheEnd(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
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

/** Whatever came to another path of a server that has only this one. */
export function notFound(
  log: (refusal: EndpointRefusal) => void,
  request: IncomingMessage | Request,
  response: ServerResponse,
): void {
  const address = plainAddress(request.socket.remoteAddress);
  log({ code: 'unknown_path', address, reason: 'another path than the endpoint’s' });
  response.setHeader('Connection', 'close');
  sendBeforeTheEnd(request, response, 404, 'There is nothing here.\n');
}
