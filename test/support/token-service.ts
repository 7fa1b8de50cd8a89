/** A token service of the test's own, over real HTTP. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { TokenSource } from '../../lib/transport/cloud/access-token.ts';
import type { ManualClock } from './clock.ts';
import { CLIENT } from './cloud.ts';

/** A token source against a service that the test plays. */
export async function source(t: TestContext, clock: ManualClock, serve: RequestListener): Promise<TokenSource> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const tokens = new TokenSource({ ...CLIENT, scope: 'api', tokenUrl: `http://127.0.0.1:${port}/token` }, clock);
  t.after(async () => {
    await tokens.close();
    server.closeAllConnections();
    server.close();
  });
  return tokens;
}

/** Answers a token request, with `Retry-After: 7`. */
export function answer(response: Parameters<RequestListener>[1], status: number, body: object | string): void {
  const json = typeof body === 'object';
  response.writeHead(status, {
    'content-type': json ? 'application/json' : 'text/html',
    'retry-after': '7',
    ...(status === 302 ? { location: 'https://elsewhere.invalid/' } : {}),
  });
  response.end(json ? JSON.stringify(body) : body);
}
