import type { Node, NodeAPI } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import { afterDeploy } from './after-deploy.ts';
import { errorForCatch } from './input-handler.ts';
import { show } from './status-text.ts';

/**
 * Reads a palette node's settings once, when it is deployed. What is wrong goes to Catch nodes and into the status at once,
 * not with the first customer's message.
 * @param read throws NexoError `invalid_config`
 * @returns the settings; it throws that error for each message
 */
export function readSettings<T>(RED: NodeAPI, node: Node, read: () => T): () => T {
  try {
    const settings = read();
    return () => settings;
  } catch (error) {
    if (!(error instanceof NexoError)) throw error;
    const cancel = afterDeploy(RED, () => {
      node.status(show(RED, 'red', 'ring', 'error'));
      node.error(errorForCatch(error), {});
    });
    node.on('close', () => cancel());
    return () => {
      throw error;
    };
  }
}
