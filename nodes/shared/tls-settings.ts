import type { SecureContextOptions } from 'node:tls';
import type { Node, NodeAPI } from 'node-red';

/** Core's `tls-config` node. */
interface TlsNode extends Node {
  addTLSOptions(options: SecureContextOptions): SecureContextOptions;
}

/** Certificates and keys of a `tls-config` node; undefined if there is none, or it is disabled. */
export function tlsOptionsOf(RED: NodeAPI, id: string): SecureContextOptions | undefined {
  const node = (id ? RED.nodes.getNode(id) : null) as TlsNode | null;
  return node?.addTLSOptions({});
}
