/** Presses an inject button of a running Node-RED, and waits for the payment node's result. */
import type { NodeRed } from './node-red.ts';

const WAIT_MS = 60_000;

/** What is read of a payment node's `msg.payload`. */
export interface Payment {
  outcome: string;
  approved: boolean;
  receipts?: { customer?: { text: string } };
  error?: { condition?: string; message?: string };
}

interface Sent {
  msg: { _msgid?: string; payload?: unknown };
  source: { id: string; node: { type: string } };
}

interface Completed {
  msg: { _msgid?: string };
  error?: Error | string;
  node: { node: { type: string } };
}

/**
 * Presses the button as the editor does, over the admin API.
 * @returns the payment's result, or nothing if the flow has no such button
 * @throws if the payment node reported an error, or nothing arrived in a minute
 */
export async function pressAndWait(nodeRed: NodeRed, url: string, button: string): Promise<Payment | undefined> {
  const result = watch(nodeRed, button);
  try {
    const { status } = await fetch(`${url}/inject/${button}`, { method: 'POST' });
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`Node-RED answered ${status} when its button was pressed.`);
    return await result.promise;
  } finally {
    result.stop();
  }
}

/** Follows the one message that starts at `button`: other payments may end meanwhile. */
function watch(nodeRed: NodeRed, button: string): { promise: Promise<Payment>; stop: () => void } {
  const { promise, resolve, reject } = Promise.withResolvers<Payment>();
  promise.catch(() => {}); // may come before the caller awaits it
  let id: string | undefined;
  const timer = setTimeout(() => {
    reject(
      new Error(`The payment has not ended within ${WAIT_MS / 1000} s. The node's status in the editor says why.`),
    );
  }, WAIT_MS);
  nodeRed.hooks.add('onSend.press', (events) => {
    for (const { msg, source } of events as unknown as Sent[]) {
      if (source.id === button) id = msg._msgid;
      else if (source.node.type === 'nexo-payment' && id && msg._msgid === id) resolve(msg.payload as Payment);
    }
  });
  nodeRed.hooks.add('onComplete.press', (event) => {
    const { msg, error, node } = event as unknown as Completed;
    if (error && id && msg._msgid === id && node.node.type === 'nexo-payment') {
      reject(new Error(`The payment node reports: ${error instanceof Error ? error.message : error}`));
    }
  });
  const stop = () => {
    clearTimeout(timer);
    nodeRed.hooks.remove('*.press');
  };
  return { promise, stop };
}
