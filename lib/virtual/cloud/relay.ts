import http from 'node:http';
import https from 'node:https';
import { xmlCodec } from '../../protocol/xml/xml-codec.ts';
import type { WireAnswer } from '../virtual-terminals.ts';

/** Sends the bytes of a message to a terminal. Calls `respond` once with its answer, synchronously or later. */
export type CloudRelay = (body: Uint8Array, respond: (answer: WireAnswer) => void) => void;

/** A relay to a terminal on the network: `http://127.0.0.1:11000/EPASSaleToPOI/3.1`. */
export function relayTo(url: string, contentType = xmlCodec.contentType): CloudRelay {
  const { request } = url.startsWith('https:') ? https : http;
  return (body, respond) => {
    let open = true;
    const once = (answer: WireAnswer) => {
      if (open) respond(answer);
      open = false;
    };
    const headers = { Accept: '*/*', 'Content-Type': contentType, 'Content-Length': body.length };
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
    sent.on('error', () =>
      once({ type: 'http', status: 504, contentType: 'text/plain', body: Buffer.from(OFFLINE_TEXT) }),
    );
    sent.end(body);
  };
}

/** The answer for a terminal that cannot be reached. */
export const OFFLINE_TEXT = 'The terminal does not answer.\n';
