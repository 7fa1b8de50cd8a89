import http from 'node:http';
import https from 'node:https';
import type { WireAnswer } from '../virtual-terminals.ts';

/** Takes the bytes of a message to a terminal, and brings back what it answers: once, at once or later. */
export type Relay = (body: Uint8Array, respond: (answer: WireAnswer) => void) => void;

const HEADERS = { Accept: '*/*', 'Content-Type': 'application/xml; charset=utf-8' };

/** A relay to a terminal on the network: `http://127.0.0.1:11000/EPASSaleToPOI/3.1`. */
export function relayTo(url: string): Relay {
  const { request } = url.startsWith('https:') ? https : http;
  return (body, respond) => {
    let open = true;
    const once = (answer: WireAnswer) => {
      if (open) respond(answer);
      open = false;
    };
    const headers = { ...HEADERS, 'Content-Length': body.length };
    const sent = request(url, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => once({ type: 'drop' }));
      response.on('end', () => {
        const contentType = response.headers['content-type'];
        const status = response.statusCode ?? 502;
        once({ type: 'http', status, ...(contentType ? { contentType } : {}), body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', () => once({ type: 'http', status: 504, contentType: 'text/plain', body: Buffer.from(OFFLINE) }));
    sent.end(body);
  };
}

/** What the stand-in says of a terminal that is not there. */
export const OFFLINE = 'The terminal does not answer.\n';
