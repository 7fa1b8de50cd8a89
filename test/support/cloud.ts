/** The stand-in of the cloud service for tests: real HTTP, a clock that is turned by hand, and a terminal of the test's own. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type CloudOptions, CloudTransport } from '../../lib/transport/cloud/cloud-transport.ts';
import type { TransportReply } from '../../lib/transport/transport.ts';
import { type RunningCloud, serveCloud } from '../../lib/virtual/cloud/cloud-server.ts';
import { CloudService, type CloudServiceOptions } from '../../lib/virtual/cloud/cloud-service.ts';
import type { CloudRelay } from '../../lib/virtual/cloud/relay.ts';
import { HandClock } from './clock.ts';

export const CLIENT = { clientId: 'till-client', clientSecret: 'sEcReT-9' };
export const XML = Buffer.from('<SaleToPOIResponse/>');

export interface Cloud extends RunningCloud {
  service: CloudService;
  clientId: string;
  clock: HandClock;
  /** What reached the terminal. */
  relayed: string[];
  /** What the terminal does; default: answers `XML`. */
  terminal: CloudRelay;
  /** The channel of a pairing of this moment. */
  channelId: string;
  transport(options?: Partial<CloudOptions>): CloudTransport;
}

/** Answers at once, with an XML of no meaning. */
export const answers: CloudRelay = (_body, respond) => respond({ type: 'http', status: 200, body: XML });

let tills = 0;

export async function startCloud(t: TestContext, options: Partial<CloudServiceOptions> = {}): Promise<Cloud> {
  const clock = new HandClock();
  const relayed: string[] = [];
  // A client for each test: tokens are shared by all who name the same one.
  const client = { ...CLIENT, clientId: `${CLIENT.clientId}-${++tills}` };
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
    terminal: answers,
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

/** Turns of the event loop until something holds; sockets of this machine need a few. */
export async function until(holds: () => boolean, what = 'it'): Promise<void> {
  for (let turn = 0; turn < 100_000; turn++) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`${what} did not happen`);
}
