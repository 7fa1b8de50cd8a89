import type { NodeAPI, NodeDef } from 'node-red';
import { mayBeAt } from '../lib/endpoint/allow-list.ts';
import { RetryingEndpoint } from '../lib/endpoint/retrying-endpoint.ts';
import { endpointAt, routerAt } from '../lib/endpoint/shared-endpoints.ts';
import { throttledLog } from '../lib/endpoint/throttled-log.ts';
import { NexoError } from '../lib/protocol/errors.ts';
import { deferUntilDeployed } from './shared/after-deploy.ts';
import { type EndpointDef, type EndpointNode, endpointOptionsOf, usersOf } from './shared/endpoint-node.ts';
import { mount } from './shared/http-mount.ts';
import { errorForCatch } from './shared/input-handler.ts';
import { show } from './shared/status-text.ts';

/** The configuration node `nexo-endpoint`: the HTTP server that terminals call; one serves any number of them. */
export default function (RED: NodeAPI): void {
  function EndpointNode(this: EndpointNode, config: NodeDef & EndpointDef): void {
    RED.nodes.createNode(this, config);
    Object.defineProperty(this, 'users', { get: () => usersOf(RED, this.id) });
    const report = deferUntilDeployed(RED, this);
    try {
      open(RED, this, config, report);
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      // Terminals that register get the error, and report it.
      this.register = () => Promise.reject(error);
      this.forgetDeviceIds = () => undefined;
      this.mayBeAt = () => false;
      report(() => this.status(show(RED, 'red', 'ring', 'error')));
    }
  }
  RED.nodes.registerType('nexo-endpoint', EndpointNode);
}

function open(RED: NodeAPI, node: EndpointNode, config: EndpointDef, report: (send: () => void) => void): void {
  const options = { ...endpointOptionsOf(RED, config), log: throttledLog((line) => node.warn(line)) };
  node.mayBeAt = mayBeAt(options.allow ?? []);
  const unmount = options.mounted ? mount(RED, routerAt(options)) : () => undefined;
  const endpoint = new RetryingEndpoint(endpointAt(options), {
    onListening: () => report(() => node.status(show(RED, 'green', 'dot', 'listening'))),
    onProblem: (error) =>
      report(() => {
        node.status(show(RED, 'red', 'ring', 'notListening'));
        node.error(errorForCatch(error), {});
      }),
  });
  node.register = (poiId, receiver) => endpoint.register(poiId, receiver);
  node.forgetDeviceIds = (poiId) => endpoint.forgetDeviceIds(poiId);
  node.on('close', (done: (error?: Error) => void) => {
    unmount();
    endpoint.close().then(() => done(), done);
  });
}
