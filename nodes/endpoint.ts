import type { NodeAPI, NodeDef } from 'node-red';
import { mayBeAt } from '../lib/endpoint/allow-list.ts';
import { RetryingEndpoint } from '../lib/endpoint/retrying-endpoint.ts';
import { endpointAt, routerAt } from '../lib/endpoint/shared-endpoints.ts';
import { throttledLog } from '../lib/endpoint/throttled-log.ts';
import { NexoError } from '../lib/protocol/errors.ts';
import { saysOnceStarted } from './shared/after-deploy.ts';
import { type EndpointDef, type EndpointNode, optionsOf, usersOf } from './shared/endpoint-node.ts';
import { mount } from './shared/http-mount.ts';
import { forCatch } from './shared/input-handler.ts';
import { show } from './shared/status-text.ts';

/** The configuration node `nexo-endpoint`: the HTTP server that terminals call, one for any number of them. */
export default function (RED: NodeAPI): void {
  function EndpointNode(this: EndpointNode, config: NodeDef & EndpointDef): void {
    RED.nodes.createNode(this, config);
    Object.defineProperty(this, 'users', { get: () => usersOf(RED, this.id) });
    const tell = saysOnceStarted(RED, this);
    try {
      open(RED, this, config, tell);
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      // Whoever registers is told, and tells.
      this.register = () => Promise.reject(error);
      this.forget = () => undefined;
      this.mayBeAt = () => false;
      tell(() => this.status(show(RED, 'red', 'ring', 'error')));
    }
  }
  RED.nodes.registerType('nexo-endpoint', EndpointNode);
}

function open(RED: NodeAPI, node: EndpointNode, config: EndpointDef, tell: (say: () => void) => void): void {
  const options = { ...optionsOf(RED, config), log: throttledLog((line) => node.warn(line)) };
  node.mayBeAt = mayBeAt(options.allow ?? []);
  const unmount = options.mounted ? mount(RED, routerAt(options)) : () => undefined;
  const endpoint = new RetryingEndpoint(endpointAt(options), {
    onListening: () => tell(() => node.status(show(RED, 'green', 'dot', 'listening'))),
    onProblem: (error) =>
      tell(() => {
        node.status(show(RED, 'red', 'ring', 'notListening'));
        node.error(forCatch(error), {});
      }),
  });
  node.register = (poiId, receiver) => endpoint.register(poiId, receiver);
  node.forget = (poiId) => endpoint.forgetDeviceIds(poiId);
  node.on('close', (done: (error?: Error) => void) => {
    unmount();
    endpoint.close().then(() => done(), done);
  });
}
