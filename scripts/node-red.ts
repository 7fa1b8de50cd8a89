/** A real Node-RED inside this process. */
import type { Server } from 'node:http';
import RED from 'node-red';
import { quietSettings } from './user-directory.ts';

const FLOWS_STARTED_WITHIN_MS = 30_000;

export interface NodeRed {
  hooks: typeof RED.hooks;
  stop(): Promise<void>;
}

type Handler = (req: unknown, res: unknown, next?: () => void) => void;

/**
 * Starts Node-RED on a server that listens already, and waits until its flows run.
 * Once per process: Node-RED cannot be started again after it was stopped.
 *
 * @param logLevel of Node-RED's console log: `warn`, `trace`…
 */
export async function startNodeRed(server: Server, userDir: string, port: number, logLevel = 'warn'): Promise<NodeRed> {
  // The published types know neither every setting nor which are optional.
  RED.init(server, quietSettings(userDir, port, logLevel) as unknown as Parameters<typeof RED.init>[1]);
  // Both are Express apps, hence request handlers; the first passes on what it does not know.
  const admin = RED.httpAdmin as unknown as Handler;
  const nodes = RED.httpNode as unknown as Handler;
  const started = flowsStarted();
  await Promise.all([RED.start(), started]);
  server.removeAllListeners('request');
  server.on('request', (req, res) => admin(req, res, () => nodes(req, res)));
  return { hooks: RED.hooks, stop: () => stop(server) };
}

/** Resolves once every flow runs; rejects when that does not happen, with where to look. */
function flowsStarted(): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('Node-RED started, but its flows did not. The lines above say what is missing.'));
    }, FLOWS_STARTED_WITHIN_MS);
    RED.events.once('flows:started', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function stop(server: Server): Promise<void> {
  await RED.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
