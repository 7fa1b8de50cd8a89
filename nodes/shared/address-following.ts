import type { NodeAPI } from 'node-red';
import { mayBeAt } from '../../lib/endpoint/allow-list.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { AddressPolicy } from '../../lib/terminal/movable-transport.ts';
import { UnknownAddress } from '../../lib/transport/unknown-address.ts';
import type { CloudCredentials } from './cloud-settings.ts';
import { type ConnectionDef, transportOf } from './connection-settings.ts';
import type { EndpointNode } from './endpoint-node.ts';

/** The settings of a `nexo-terminal` for following it to other addresses. */
export interface AddressFollowingDef extends ConnectionDef {
  endpoint: string;
  /** Absent in terminals saved before this setting existed: on. */
  followAddress?: boolean;
}

/**
 * As `transportOf`. A terminal on the network without an address, but with an endpoint, is waited for: what it announces is
 * followed like a change of its address.
 */
export function initialTransportOf(
  RED: NodeAPI,
  config: AddressFollowingDef,
  credentials?: CloudCredentials,
): ReturnType<typeof transportOf> {
  const waits = addressPolicyOf(RED, config)?.configured === '';
  return waits ? new UnknownAddress() : transportOf(RED, config, credentials);
}

/** How to follow a terminal; undefined: not at all. Only one on the network, with an endpoint, can announce an address. */
export function addressPolicyOf(RED: NodeAPI, config: AddressFollowingDef): AddressPolicy | undefined {
  const { connection, endpoint, followAddress, host, port } = config;
  if (connection !== 'lan' || !endpoint || followAddress === false) return undefined;
  return {
    configured: host?.trim() ? `${host.trim()}:${port || swedbankPay.http.port}` : '',
    to: (address) => transportOf(RED, { ...config, ...partsOf(address) }),
    allowed: (address, sender) => {
      const node = RED.nodes.getNode(endpoint) as EndpointNode | null;
      return (node?.mayBeAt ?? mayBeAt([]))(partsOf(address).host, sender);
    },
  };
}

function partsOf(address: string): { host: string; port: string } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: address.slice(colon + 1) };
}
