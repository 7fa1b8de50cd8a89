/** The upper bound: undici posts the same prepared bytes repeatedly and checks only the status. */
import { readFileSync } from 'node:fs';
import { Client } from 'undici';
import { type Pay, serveParent } from './contender.ts';

await serveParent(async ({ port, terminals }): Promise<Pay> => {
  const body = readFileSync(new URL('../../test/fixtures/wire/payment-request-purchase.xml', import.meta.url));
  const headers = { 'content-type': 'application/xml; charset=utf-8' };
  const clients = Array.from({ length: terminals }, () => new Client(`http://127.0.0.1:${port}`));
  return async (terminal) => {
    const client = clients[terminal];
    if (!client) throw new Error(`No terminal ${terminal}`);
    const answer = await client.request({ path: '/EPASSaleToPOI/3.1', method: 'POST', headers, body });
    await answer.body.arrayBuffer();
    if (answer.statusCode !== 200) throw new Error(`The stand-in answered ${answer.statusCode}`);
  };
});
