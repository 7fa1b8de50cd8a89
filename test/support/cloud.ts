/** The simulated cloud service for tests: real HTTP, a manual clock, and a terminal that the test controls. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type CloudOptions, CloudTransport } from '../../lib/transport/cloud/cloud-transport.ts';
import type { TransportReply } from '../../lib/transport/transport.ts';
import { type RunningCloud, serveCloud } from '../../lib/virtual/cloud/cloud-server.ts';
import { CloudService, type CloudServiceOptions } from '../../lib/virtual/cloud/cloud-service.ts';
import type { CloudRelay } from '../../lib/virtual/cloud/relay.ts';
import { ManualClock } from './clock.ts';

export const CLIENT = { clientId: 'till-client', clientSecret: 'sEcReT-9' };
export const XML = Buffer.from('<SaleToPOIResponse/>');

export interface Cloud extends RunningCloud {
  service: CloudService;
  clientId: string;
  clock: ManualClock;
  /** The messages that reached the terminal. */
  relayed: string[];
  /** The terminal's reaction. Default: answers `XML`. */
  terminal: CloudRelay;
  /** The channel of a pairing at the start of the test. */
  channelId: string;
  transport(options?: Partial<CloudOptions>): CloudTransport;
}

/** Answers at once with a placeholder. */
export const answering: CloudRelay = (_body, respond) => respond({ type: 'http', status: 200, body: XML });

let clients = 0;

export async function startCloud(t: TestContext, options: Partial<CloudServiceOptions> = {}): Promise<Cloud> {
  const clock = new ManualClock();
  const relayed: string[] = [];
  // A client for each test: tokens are shared by equal credentials.
  const client = { ...CLIENT, clientId: `${CLIENT.clientId}-${++clients}` };
  const service: CloudService = new CloudService({
    client,
    clock,
    relay: (body, respond) => {
      relayed.push(Buffer.from(body).toString());
      cloud.terminal(body, respond);
    },
    ...options,
  });
  const running = await serveCloud(service, { port: 0 });
  const channelId = service.channels.pair(service.channels.codes[0]?.code ?? '')?.id;
  assert.ok(channelId);
  const cloud: Cloud = {
    ...running,
    service,
    clientId: client.clientId,
    clock,
    relayed,
    terminal: answering,
    channelId,
    transport: (more = {}) => {
      const { baseUrl, tokenUrl } = running;
      const transport = new CloudTransport({ ...client, baseUrl, tokenUrl, scope: 'api', channelId, clock, ...more });
      t.after(() => transport.close());
      return transport;
    },
  };
  t.after(async () => {
    await running.close();
    service.close();
  });
  return cloud;
}

/** Sends a text through a transport. */
export function send(
  transport: CloudTransport,
  text: string,
  { overtake = false, signal = new AbortController().signal } = {},
): Promise<TransportReply> {
  return transport.send(Buffer.from(text), { overtake, signal });
}

export function reasonOf(reply: TransportReply): string {
  return 'reason' in reply ? reply.reason : '';
}
