import type { NodeAPI } from 'node-red';
import type { SaleToPOIRequest } from '../../lib/protocol/types.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { CloudTransport } from '../../lib/transport/cloud/cloud-transport.ts';
import type { Transport } from '../../lib/transport/transport.ts';
import { VirtualTransport } from '../../lib/transport/virtual.ts';
import { afterDeploy } from './after-deploy.ts';
import type { CloudDef } from './cloud-settings.ts';
import { endpointOf } from './endpoint-node.ts';

/** The settings of a `nexo-terminal` for messages from the terminal. */
export interface InboundDef {
  connection: string;
  endpoint: string;
  /** In the cloud: how events are fetched. */
  events: CloudDef['events'];
}

/**
 * The session's settings for messages from the terminal. With an endpoint the terminal asks for signatures itself; otherwise
 * the session does, if a listener is wired. The virtual terminal needs no endpoint. A terminal in the cloud has an event
 * channel, which must not decide a payment.
 */
export function inboundConfigOf({
  connection,
  endpoint,
  events,
}: InboundDef): Pick<SessionConfig, 'inbound' | 'signature'> {
  const channel = connection === 'cloud' && (events === 'poll' || events === 'sse');
  if (channel) return { inbound: 'notifications', signature: 'listener' };
  if (connection === 'cloud') return { signature: 'listener' };
  if (connection === 'virtual') return { inbound: 'notifications', signature: 'listener' };
  return endpoint ? { inbound: 'all', signature: 'report' } : { signature: 'listener' };
}

/**
 * Connects messages from the terminal to its notification hub: from the endpoint, or the cloud's event channel, once the
 * flows run; from the virtual terminal directly.
 * @param report gets the error if that fails; payments continue without it
 * @returns a function that disconnects them
 */
export function wireInbound(
  RED: NodeAPI,
  config: InboundDef,
  { terminal, transport }: { terminal: Terminal; transport: Transport },
  report: (error: Error) => void,
): () => Promise<void> {
  const { poiId } = terminal.config;
  if (transport instanceof CloudTransport) return openEventChannel(RED, transport, terminal, report);
  if (config.connection === 'virtual' || !config.endpoint) {
    if (transport instanceof VirtualTransport) {
      transport.handleRequests(poiId, (request) => terminal.notifications.receive(request));
    }
    return async () => undefined;
  }
  let registering: Promise<(() => Promise<void>) | undefined> = Promise.resolve(undefined);
  const cancel = afterDeploy(RED, () => {
    registering = register(RED, config.endpoint, terminal).catch((error: Error) => {
      report(error);
      return undefined;
    });
  });
  return async () => {
    cancel();
    const unregister = await registering;
    await unregister?.();
  };
}

/** Opens the cloud's event channel once the flows run. The transport closes it with itself. */
function openEventChannel(
  RED: NodeAPI,
  transport: CloudTransport,
  terminal: Terminal,
  report: (error: Error) => void,
): () => Promise<void> {
  let closeChannel = () => {};
  const cancel = afterDeploy(RED, () => {
    const receive = (request: SaleToPOIRequest) => terminal.notifications.receive(request);
    closeChannel = transport.handleRequests(terminal.config.poiId, receive, report);
  });
  return async () => {
    cancel();
    closeChannel();
  };
}

async function register(RED: NodeAPI, id: string, terminal: Terminal): Promise<() => Promise<void>> {
  const endpoint = endpointOf(RED, id);
  const { poiId } = terminal.config;
  const unregister = await endpoint.register(poiId, {
    receive: async (message, _header, from) =>
      'SaleToPOIRequest' in message ? terminal.receive(message.SaleToPOIRequest, from) : undefined,
    payment: () => (terminal.current ? `${terminal.current.transactionId} ${terminal.current.serviceId}` : ''),
  });
  const unsubscribe = terminal.onState((state) => {
    if (state === 'loggingIn') endpoint.forgetDeviceIds(poiId);
  });
  return () => {
    unsubscribe();
    return unregister();
  };
}
