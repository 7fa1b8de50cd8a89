import type { NodeAPI } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';

interface Layer {
  handle: unknown;
}

/** Node-RED's app for HTTP nodes: Express 4 keeps its layers in `_router`, Express 5 in `router`. */
interface App {
  use(handler: unknown): unknown;
  _router?: { stack: Layer[] };
  router?: { stack: Layer[] };
}

/**
 * Adds routes to Node-RED's own HTTP server.
 * @returns a function that removes them again, which Express has no method for
 * @throws NexoError `endpoint_no_http`
 */
export function mount(RED: NodeAPI, handler: unknown): () => void {
  // `false` turns it off; the published types do not have it.
  const { httpNodeRoot } = RED.settings as { httpNodeRoot?: string | false };
  if (httpNodeRoot === false) {
    throw new NexoError(
      'endpoint_no_http',
      'Node-RED’s own server is turned off for flows (httpNodeRoot: false in its settings file): give the endpoint a port of its own, or turn it on.',
      { path: 'mount' },
    );
  }
  const app = RED.httpNode as unknown as App;
  app.use(handler);
  return () => {
    const stack = (app._router ?? app.router)?.stack ?? [];
    const index = stack.findIndex((layer) => layer.handle === handler);
    if (index >= 0) stack.splice(index, 1);
  };
}
