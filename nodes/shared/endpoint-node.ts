import type { SecureContextOptions } from 'node:tls';
import type { Node, NodeAPI } from 'node-red';
import type { Unregister } from '../../lib/endpoint/endpoint.ts';
import { DEFAULT_PORT, type EndpointOptions, type Receiver } from '../../lib/endpoint/options.ts';
import { NexoError, settingError } from '../../lib/protocol/errors.ts';
import { tlsOptionsOf } from './tls-settings.ts';

/** The interface of a `nexo-endpoint` node for terminals. */
export interface EndpointNode extends Node {
  /**
   * Passes the messages of a terminal to a receiver. Resolves also when the server cannot listen yet: it keeps trying, and
   * the node reports that.
   * @throws NexoError by rejection: wrong settings, or a POIID that is in use
   */
  register(poiId: string, receiver: Receiver): Promise<Unregister>;
  /** Call it at each login: the terminal's DeviceIDs start again. */
  forgetDeviceIds(poiId: string): void;
  /** Whether a terminal can be at an IP address that it announces: as `mayBeAt`. */
  mayBeAt(address: string, sender?: string): boolean;
  /** Flow nodes of the terminals that use it: Node-RED passes its status and errors on to their Status and Catch nodes. */
  readonly users: Record<string, Node>;
}

/** The settings of a `nexo-endpoint`. */
export interface EndpointDef {
  address: string;
  port: number | string;
  allow: string;
  mount: boolean;
  secure: boolean;
  tls: string;
}

/**
 * The endpoint a terminal is set to.
 * @throws NexoError `endpoint_disabled`
 */
export function endpointOf(RED: NodeAPI, id: string): EndpointNode {
  const node = RED.nodes.getNode(id) as EndpointNode | null;
  if (node) return node;
  throw new NexoError(
    'endpoint_disabled',
    'The endpoint of this terminal is disabled or no longer there: enable it, or pick another one, and deploy.',
    { path: 'endpoint' },
  );
}

/** The options of an endpoint, from its settings. @throws NexoError `invalid_config` with the setting's name */
export function endpointOptionsOf(RED: NodeAPI, config: EndpointDef): EndpointOptions {
  const allow = String(config.allow ?? '')
    .split(/[\s,;]+/)
    .filter(Boolean);
  if (config.mount) return { mounted: true, allow };
  const address = String(config.address ?? '').trim() || '127.0.0.1';
  const port = Number(config.port || DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw settingError('port', 'The endpoint’s port must be a whole number from 1 to 65535, such as 11000.');
  }
  const tls = config.secure ? { tls: tlsOptions(RED, config.tls) } : {};
  return { address: address.replace(/^\[(.*)\]$/, '$1'), port, allow, ...tls };
}

function tlsOptions(RED: NodeAPI, id: string): SecureContextOptions {
  const options = tlsOptionsOf(RED, id);
  if (!options) {
    throw settingError(
      'tls',
      'HTTPS needs a certificate: pick a TLS configuration for the endpoint, or turn HTTPS off.',
    );
  }
  return options;
}

/** The flow nodes of all terminals that are set to this endpoint. */
export function usersOf(RED: NodeAPI, id: string): Record<string, Node> {
  const users: Record<string, Node> = {};
  RED.nodes.eachNode((config) => {
    const { type, endpoint } = config as { type: string; endpoint?: string };
    if (type !== 'nexo-terminal' || endpoint !== id) return;
    const terminal = RED.nodes.getNode(config.id) as (Node & { users?: Record<string, Node> }) | null;
    Object.assign(users, terminal?.users);
  });
  return users;
}
