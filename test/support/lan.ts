import type net from 'node:net';
import type { TestContext } from 'node:test';
import { LanTransport } from '../../lib/transport/lan.ts';
import type { TransportReply } from '../../lib/transport/transport.ts';
import { type RawServer, rawServer } from './raw-server.ts';

export const REQUEST = Buffer.from('<SaleToPOIRequest>å</SaleToPOIRequest>');
export const XML = '<SaleToPOIResponse/>';

/** A server that handles every request in the same way, and a transport to it. Both are closed with the test. */
export async function lanPair(
  t: TestContext,
  onRequest: (socket: net.Socket, count: number) => void,
  onConnection?: (socket: net.Socket) => void,
): Promise<{
  server: RawServer;
  transport: LanTransport;
  send: (overtake?: boolean, signal?: AbortSignal) => Promise<TransportReply>;
}> {
  const server = await rawServer(onRequest, onConnection);
  const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
  t.after(async () => {
    await transport.close();
    await server.close();
  });
  const send = (overtake = false, signal = new AbortController().signal) =>
    transport.send(REQUEST, { overtake, signal });
  return { server, transport, send };
}
