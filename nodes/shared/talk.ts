import type { NodeAPI } from 'node-red';
import type { SessionConfig } from '../../lib/session/core.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import type { Transport } from '../../lib/transport/transport.ts';
import { VirtualTransport } from '../../lib/transport/virtual.ts';
import { endpointOf } from './endpoints.ts';
import { onceStarted } from './started.ts';

/** The settings of a `nexo-terminal` that say whether it talks back, and where to. */
export interface TalkDef {
  connection: string;
  endpoint: string;
}

/**
 * How a terminal is told to talk. With an endpoint it asks for signatures itself; without, we do, where somebody listens.
 * The virtual terminal needs no endpoint to tell what it shows.
 */
export function talkOf({ connection, endpoint }: TalkDef): Pick<SessionConfig, 'talksBack' | 'signature'> {
  if (connection === 'virtual') return { talksBack: 'tells', signature: 'listen' };
  return endpoint ? { talksBack: true, signature: 'tell' } : { signature: 'listen' };
}

/**
 * Leads what a terminal says by itself to its conversation: from the endpoint once the flows run, or, of a virtual one, from
 * within.
 * @param report hears why it cannot be heard: its payments go on without
 * @returns how to end that
 */
export function hear(
  RED: NodeAPI,
  config: TalkDef,
  { terminal, transport }: { terminal: Terminal; transport: Transport },
  report: (error: Error) => void,
): () => Promise<void> {
  const { poiId } = terminal.config;
  if (config.connection === 'virtual' || !config.endpoint) {
    if (transport instanceof VirtualTransport) {
      transport.hear(poiId, (request) => terminal.conversation.receive(request));
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

async function register(RED: NodeAPI, id: string, terminal: Terminal): Promise<() => Promise<void>> {
  const endpoint = endpointOf(RED, id);
  const { poiId } = terminal.config;
  const unregister = await endpoint.register(poiId, {
    receive: async (message) =>
      'SaleToPOIRequest' in message ? terminal.conversation.receive(message.SaleToPOIRequest) : undefined,
  });
  const leave = terminal.onState((state) => {
    if (state === 'loggingIn') endpoint.forget(poiId);
  });
  return () => {
    leave();
    return unregister();
  };
}
