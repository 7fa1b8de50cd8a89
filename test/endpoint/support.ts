/** Terminals as clients of an endpoint: their messages, and HTTP clients that follow or break the rules. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';
import { Endpoint, type Unregister } from '../../lib/endpoint/endpoint.ts';
import type { EndpointOptions, EndpointRefusal, Receiver, Sender } from '../../lib/endpoint/options.ts';
import { success } from '../../lib/protocol/answers.ts';
import type { Message, MessageHeader } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';

export const PATH = '/EPASSaleToPOI/3.1';
const XML = { 'Content-Type': 'application/xml; charset=utf-8' };

let nextId = 0;

export interface Ids {
  poiId?: string;
  deviceId?: string;
  /** ResponseRequiredFlag of a display; the attribute is left out where undefined. */
  required?: boolean;
}

function request(category: string, body: string, { poiId = 'A-POIID', deviceId = String(++nextId) }: Ids): string {
  return `<SaleToPOIRequest><MessageHeader MessageClass="Device" MessageCategory="${category}" MessageType="Request" ServiceID="3" DeviceID="${deviceId}" SaleID="1" POIID="${poiId}"/>${body}</SaleToPOIRequest>`;
}

export function display(text: string, ids: Ids = {}): string {
  const flag = ids.required === undefined ? '' : ` ResponseRequiredFlag="${ids.required}"`;
  const body = `<DisplayRequest><DisplayOutput${flag} Device="CashierDisplay" InfoQualify="Status"><OutputContent OutputFormat="Text"><OutputText>${text}</OutputText></OutputContent></DisplayOutput></DisplayRequest>`;
  return request('Display', body, ids);
}

export function print(mode: string, ids: Ids = {}): string {
  const body = `<PrintRequest><PrintOutput DocumentQualifier="CashierReceipt" ResponseMode="${mode}"><OutputContent OutputFormat="Text"><OutputText>Receipt</OutputText></OutputContent></PrintOutput></PrintRequest>`;
  return request('Print', body, ids);
}

export function input(question: string, ids: Ids & { command?: string; more?: string } = {}): string {
  const { command = 'GetConfirmation', more = '' } = ids;
  const body = `<InputRequest><DisplayOutput Device="CashierDisplay" InfoQualify="Display"><OutputContent OutputFormat="Text"><OutputText>${question}</OutputText></OutputContent></DisplayOutput><InputData Device="CashierInput" InfoQualify="Input" InputCommand="${command}"${more}/></InputRequest>`;
  return request('Input', body, ids);
}

export function event(details: string, { poiId = 'A-POIID' }: Ids = {}): string {
  return `<SaleToPOIRequest><MessageHeader MessageClass="Event" MessageCategory="Event" MessageType="Notification" ServiceID="20" SaleID="1" POIID="${poiId}"/><EventNotification TimeStamp="2023-10-06T07:24:14.473+02:00" EventToNotify="SaleAdmin"><EventDetails>${details}</EventDetails></EventNotification></SaleToPOIRequest>`;
}

/** The text of a display, print, input or event message. */
export function textOf(message: Message): string {
  if (!('SaleToPOIRequest' in message)) return '';
  const { DisplayRequest, InputRequest, PrintRequest, EventNotification } = message.SaleToPOIRequest;
  const output = DisplayRequest?.DisplayOutput[0] ?? InputRequest?.DisplayOutput ?? PrintRequest?.PrintOutput;
  return EventNotification?.EventDetails ?? output?.OutputContent.OutputText?.[0]?.Text ?? '';
}

/** A receiver that keeps its messages, and answers displays and prints with success. */
export class Notes implements Receiver {
  readonly texts: string[] = [];
  readonly messages: Message[] = [];
  readonly senders: Sender[] = [];
  #wanted: { count: number; resolve: () => void }[] = [];

  async receive(message: Message, _header: MessageHeader, from: Sender): Promise<Message | undefined> {
    this.texts.push(textOf(message));
    this.messages.push(message);
    this.senders.push(from);
    for (const { count, resolve } of this.#wanted) if (this.texts.length >= count) resolve();
    return success(message);
  }

  /** Waits until so many messages have arrived. */
  async count(count: number): Promise<void> {
    if (this.texts.length >= count) return;
    await new Promise<void>((resolve) => this.#wanted.push({ count, resolve }));
  }
}

export interface OpenEndpoint {
  endpoint: Endpoint;
  port: number;
  url: string;
  refusals: EndpointRefusal[];
  notes: Notes;
  unregister: Unregister;
}

/** An endpoint on a free port with the terminal A-POIID. It is closed with the test. */
export async function open(t: TestContext, options: EndpointOptions = {}, receiver?: Receiver): Promise<OpenEndpoint> {
  const refusals: EndpointRefusal[] = [];
  const endpoint = new Endpoint({ port: 0, log: (refusal) => refusals.push(refusal), ...options });
  const notes = new Notes();
  const unregister = await endpoint.register('A-POIID', receiver ?? notes);
  t.after(unregister);
  const port = endpoint.listening?.port ?? 0;
  return { endpoint, port, url: `http://127.0.0.1:${port}${options.path ?? PATH}`, refusals, notes, unregister };
}

export interface Response {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** The nexo response, where there is one. */
  message: Message | undefined;
}

/** One request, on a connection of its own unless an agent is given. */
export function send(url: string, body: string | Buffer, options: http.RequestOptions = {}): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method: 'POST', agent: false, headers: XML, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const xml = response.headers['content-type']?.startsWith('application/xml');
        const message = xml ? decode(bytes).message : undefined;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString(), message });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The result of a nexo response, wherever it is nested: `Success`, `Failure NotFound`. */
export function resultOf({ message }: Response): string {
  const found = /"Result":"(\w+)"(?:,"ErrorCondition":"(\w+)")?/.exec(JSON.stringify(message ?? {}));
  return [found?.[1], found?.[2]].filter(Boolean).join(' ');
}

/** A TCP client that writes any bytes. */
export async function rawClient(t: TestContext, port: number, host = '127.0.0.1') {
  const socket = net.connect(port, host);
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  await once(socket, 'connect');
  return { socket, closed, received: () => received };
}

/** The head of a request with a body of `length` bytes. */
export function head(length: number | string, path = PATH): string {
  return `POST ${path} HTTP/1.1\r\nHost: pos\r\nContent-Type: application/xml\r\nContent-Length: ${length}\r\n\r\n`;
}
