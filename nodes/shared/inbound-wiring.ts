import type { NodeAPI } from 'node-red';
import type { SaleToPOIRequest } from '../../lib/protocol/types.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { CloudTransport } from '../../lib/transport/cloud/cloud-transport.ts';
import type { Transport } from '../../lib/transport/transport.ts';
import { VirtualTransport } from '../../lib/transport/virtual.ts';
import { onceStarted } from './after-deploy.ts';
import type { CloudDef } from './cloud-settings.ts';
import { endpointOf } from './endpoint-node.ts';

/** The settings of a `nexo-terminal` that say whether it talks back, and where to. */
export interface InboundDef {
  connection: string;
  endpoint: string;
  /** Of a terminal in the cloud: how its events are fetched. */
  events: CloudDef['events'];
}

/**
 * How a terminal is told to talk. With an endpoint it asks for signatures itself; without, we do, where somebody listens.
 * The virtual terminal needs no endpoint to tell what it shows, and one in the cloud has a channel for it, which nothing
 * that decides a payment is left to.
 */
export function inboundConfigOf({
  connection,
  endpoint,
  events,
}: InboundDef): Pick<SessionConfig, 'talksBack' | 'signature'> {
  const channel = connection === 'cloud' && (events === 'poll' || events === 'sse');
  if (channel) return { talksBack: 'tells', signature: 'listen' };
  if (connection === 'cloud') return { signature: 'listen' };
  if (connection === 'virtual') return { talksBack: 'tells', signature: 'listen' };
  return endpoint ? { talksBack: true, signature: 'tell' } : { signature: 'listen' };
}

/**
 * Leads what a terminal says by itself to its conversation: from the endpoint once the flows run, or, of a virtual one, from
 * within.
 * @param report hears why it cannot be heard: its payments go on without
 * @returns how to end that
 */
export function wireInbound(
  RED: NodeAPI,
  config: InboundDef,
  { terminal, transport }: { terminal: Terminal; transport: Transport },
  report: (error: Error) => void,
): () => Promise<void> {
  const { poiId } = terminal.config;
  if (transport instanceof CloudTransport) return hearChannel(RED, transport, terminal, report);
  if (config.connection === 'virtual' || !config.endpoint) {
    if (transport instanceof VirtualTransport) {
      transport.handleRequests(poiId, (request) => terminal.notifications.receive(request));
    }
    return async () => undefined;
  }
  let registering: Promise<(() => Promise<void>) | undefined> = Promise.resolve(undefined);
  const callOff = onceStarted(RED, () => {
    registering = register(RED, config.endpoint, terminal).catch((error: Error) => {
      report(error);
      return undefined;
    });
  });
  return async () => {
    callOff();
    const unregister = await registering;
    await unregister?.();
  };
}

/** From the cloud's event channel, once the flows run. The transport ends it when it is closed. */
function hearChannel(
  RED: NodeAPI,
  transport: CloudTransport,
  terminal: Terminal,
  report: (error: Error) => void,
): () => Promise<void> {
  let leave = () => {};
  const callOff = onceStarted(RED, () => {
    const heard = (request: SaleToPOIRequest) => terminal.notifications.receive(request);
    leave = transport.handleRequests(terminal.config.poiId, heard, report);
  });
  return async () => {
    callOff();
    leave();
  };
}

async function register(RED: NodeAPI, id: string, terminal: Terminal): Promise<() => Promise<void>> {
  const endpoint = endpointOf(RED, id);
  const { poiId } = terminal.config;
  const unregister = await endpoint.register(poiId, {
    receive: async (message, _header, from) =>
      'SaleToPOIRequest' in message ? terminal.receive(message.SaleToPOIRequest, from) : undefined,
  });
  const leave = terminal.onState((state) => {
    if (state === 'loggingIn') endpoint.forget(poiId);
  });
  return () => {
    leave();
    return unregister();
  };
}
